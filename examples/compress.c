/* SPDX-License-Identifier: Apache-2.0
 * Compresses a file in memory, restores it and compares: the C API in one page.
 *
 *   cc compress.c $(pkg-config --cflags --static --libs lentil) -o compress
 *   ./compress FILE [LEVEL]
 */
#include <lentil/lentil.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads a whole file; the caller frees. NULL on failure, with errno. */
static unsigned char* ReadFile(const char* path, size_t* size) {
  unsigned char* bytes = NULL;
  long end;
  FILE* file = fopen(path, "rb");
  if (file == NULL) return NULL;
  if (fseek(file, 0, SEEK_END) == 0 && (end = ftell(file)) >= 0 &&
      fseek(file, 0, SEEK_SET) == 0) {
    *size = (size_t)end;
    bytes = malloc(*size + 1);
    if (bytes != NULL && fread(bytes, 1, *size, file) != *size) {
      free(bytes);
      bytes = NULL;
    }
  }
  fclose(file);
  return bytes;
}

/* Prints what went wrong and gives main() its exit code. */
static int Fail(const lentil_codec* codec, lentil_error error) {
  fprintf(stderr, "%s: %s\n", lentil_error_name(error),
          lentil_codec_message(codec));
  return 1;
}

/* There and back again; prints the sizes. */
static int RoundTrip(lentil_codec* codec, const unsigned char* source,
                     size_t size) {
  const size_t bound = lentil_compress_bound(size);
  unsigned char* packed = malloc(bound);
  unsigned char* restored = malloc(size + 1);
  size_t packed_size = 0, restored_size = 0;
  int result = 1;
  if (packed != NULL && restored != NULL) {
    lentil_error error =
        lentil_compress(codec, source, size, packed, bound, &packed_size);
    if (error == LENTIL_OK) {
      error = lentil_decompress(codec, packed, packed_size, restored, size,
                                &restored_size);
    }
    if (error != LENTIL_OK) {
      result = Fail(codec, error);
    } else if (restored_size == size && memcmp(source, restored, size) == 0) {
      printf("%zu -> %zu -> %zu bytes, equal\n", size, packed_size,
             restored_size);
      result = 0;
    }
  }
  free(restored);
  free(packed);
  return result;
}

int main(int argc, char** argv) {
  size_t size = 0;
  lentil_codec* codec = NULL;
  unsigned char* source;
  int result = 1;
  if (argc < 2) {
    fprintf(stderr, "usage: compress FILE [LEVEL]\n");
    return 2;
  }
  source = ReadFile(argv[1], &size);
  if (source == NULL) {
    perror(argv[1]);
    return 1;
  }
  if (lentil_codec_new(argc > 2 ? atoi(argv[2]) : LENTIL_DEFAULT_LEVEL,
                       &codec) == LENTIL_OK) {
    lentil_codec_set_threads(codec, 0);
    result = RoundTrip(codec, source, size);
  } else {
    fprintf(stderr, "a level is a number from 0 to 9\n");
  }
  lentil_codec_free(codec);
  free(source);
  return result;
}
