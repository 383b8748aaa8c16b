/* SPDX-License-Identifier: Apache-2.0
 *
 * lentil: lossless compression with an embedded transformer. C API.
 *
 * Every function is thread-safe for different handles. A handle serves one call
 * at a time, except lentil_model and lentil_sample, which any number of codecs
 * and threads may share. Sizes are bytes. Nothing is printed, nothing aborts,
 * nothing throws. A call sets the floating-point mode it needs and restores the
 * caller's.
 *
 * Functions that can fail return a lentil_error; pointers they hand back are
 * written only on LENTIL_OK unless said otherwise. NULL is an invalid argument
 * except where a parameter says that it may be NULL; freeing NULL does nothing.
 *
 * In short:
 *
 *   lentil_codec* codec;
 *   lentil_codec_new(0, &codec);
 *   lentil_codec_set_threads(codec, 0);
 *   size = lentil_compress_bound(n);
 *   if (lentil_compress(codec, src, n, dst, size, &size) != LENTIL_OK)
 *     puts(lentil_codec_message(codec));
 *   lentil_codec_free(codec);
 *
 * examples/compress.c is a whole program; lentil.hpp is the same for C++.
 *
 * Writing for others: lentil_error values, LENTIL_FRAME_ values and flags never
 * change their meaning; new ones may come. Functions say since which version
 * they exist; within a major version none goes away.
 *
 * What a file looks like is docs/format.md; an output depends on the input, the
 * model (or level), the frame size and the format version, and on nothing else.
 */
#ifndef LENTIL_LENTIL_H_
#define LENTIL_LENTIL_H_

#include <stddef.h>
#include <stdint.h>

#if defined(LENTIL_SHARED) && defined(__GNUC__)
#define LENTIL_API __attribute__((visibility("default")))
#else
#define LENTIL_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Version of this header. lentil_version() is that of the library. */
#define LENTIL_VERSION_MAJOR 0
#define LENTIL_VERSION_MINOR 1
#define LENTIL_VERSION_PATCH 0

/* Results. Values never change. */
typedef enum lentil_error {
  LENTIL_OK = 0,
  LENTIL_INVALID_ARGUMENT = 1, /* the caller's mistake */
  LENTIL_IO = 2,               /* a callback or file failed */
  LENTIL_EXISTS = 3,           /* the output is there already */
  LENTIL_CORRUPT = 4,          /* damaged, truncated or lying data */
  LENTIL_UNSUPPORTED = 5,    /* a format or numerics version this build lacks */
  LENTIL_WRONG_MODEL = 6,    /* the model is missing or another one */
  LENTIL_RESOURCE_LIMIT = 7, /* more memory than the limit or system allows */
  LENTIL_CANCELLED = 8,      /* the progress callback asked to stop */
  LENTIL_VERIFY_FAILED = 9,  /* decoding what was written gave other bytes */
  LENTIL_INTERNAL = 10,      /* a defect of this library */
  LENTIL_TOO_SMALL = 11,     /* dst_capacity is too small */
  LENTIL_WRONG_SAMPLE = 12   /* the sample is missing or another one */
} lentil_error;

typedef struct lentil_model lentil_model;   /* weights, shared and read-only */
typedef struct lentil_codec lentil_codec;   /* settings and the last message */
typedef struct lentil_stream lentil_stream; /* one compression or restoration */
typedef struct lentil_archive lentil_archive; /* one seekable .ltl, indexed */
typedef struct lentil_sample lentil_sample; /* what records look like, shared */

/* "major.minor.patch" of the library, a constant string. Since 0.1. */
LENTIL_API const char* lentil_version(void);

/* Short name of a result, e.g. "corrupt". A constant string, never NULL, also
 * for values this version does not know. Since 0.1. */
LENTIL_API const char* lentil_error_name(lentil_error error);

/* ---- models ---------------------------------------------------------- */

/* Name of the index-th embedded model, or NULL past the last one. A build may
 * embed none. A constant string. Since 0.1. */
LENTIL_API const char* lentil_embedded_name(size_t index);

/* An embedded model by name ("nano", "small"). The first use of a model
 * prepares its weights (milliseconds); later ones share them.
 * LENTIL_WRONG_MODEL if this build does not embed it. Since 0.1. */
LENTIL_API lentil_error lentil_model_embedded(const char* name,
                                              lentil_model** model);

/* A native model (docs/format.md, "Model files") from memory; `bytes` may be
 * freed afterwards. LENTIL_CORRUPT or LENTIL_UNSUPPORTED if it is not one.
 * O(size). Since 0.1. */
LENTIL_API lentil_error lentil_model_from_bytes(const void* bytes, size_t size,
                                                lentil_model** model);

/* A model in files: a native one, or a checkpoint of other origin with its
 * tokenizer (docs/checkpoints.md): a GGUF file, a safetensors file with its
 * config.json beside it, or a folder of them. The files stay mapped while the
 * model lives. Takes as long as reading them. LENTIL_UNSUPPORTED names what is
 * not known of a checkpoint. Since 0.1. */
LENTIL_API lentil_error lentil_model_open(const char* path,
                                          lentil_model** model);

/* XXH3-64 of the stored bytes: what files made with the model name it by. 0 for
 * NULL. Since 0.1. */
LENTIL_API uint64_t lentil_model_hash(const lentil_model* model);

/* Bytes of the model as stored: what an adjusted rate charges. 0 for NULL.
 * Since 0.1. */
LENTIL_API size_t lentil_model_size(const lentil_model* model);

/* What the last failed lentil_model_* call of this thread has to say, or "".
 * Lives until this thread's next call of one. Since 0.1. */
LENTIL_API const char* lentil_model_message(void);

/* Codecs keep what they need: a model may be freed while codecs that use it
 * live. Since 0.1. */
LENTIL_API void lentil_model_free(lentil_model* model);

/* ---- codecs ---------------------------------------------------------- */

#define LENTIL_DEFAULT_LEVEL 6

/* A codec at a level from 0 (fast) to 9 (small). Defined are 0 (zstd), 1
 * (context models that learn from the file alone), 3 (with the model "nano")
 * and 6 to
 * 9
 * ("small", in ever fewer slices side by side: smaller and slower, to restore
 * as well); others mean the nearest defined one below. A level whose model this
 * build lacks fails with LENTIL_WRONG_MODEL when it is asked to compress;
 * restoring needs no level: files say how they were made. Cheap: loads nothing.
 * Since 0.1. */
LENTIL_API lentil_error lentil_codec_new(int level, lentil_codec** codec);

/* What a level means. */
typedef struct lentil_level {
  int number;           /* the defined level that the asked one means */
  int frame_kind;       /* LENTIL_FRAME_ that it prefers */
  const char* model;    /* the embedded model it compresses with, or NULL */
  const char* summary;  /* a few words */
  double relative_time; /* on text, that of the default = 1; a rough guide */
  size_t frame_size;    /* bytes of source, unless set otherwise */
} lentil_level;

/* The level that `level` (0 … 9) means; NULL out of range.
 * A constant. Since 0.1. */
LENTIL_API const lentil_level* lentil_level_get(int level);

/* Frees a codec. No stream or archive may be using it. Since 0.1. */
LENTIL_API void lentil_codec_free(lentil_codec* codec);

/* Compress with this model, whatever the level, and restore files that name it.
 * `model` may be NULL: back to the level. Since 0.1. */
LENTIL_API lentil_error lentil_codec_set_model(lentil_codec* codec,
                                               const lentil_model* model);

/* Threads to work on, 0 = one per core, at most 1024; default 1. Never changes
 * the output. Each costs memory for the frame it works on, within
 * lentil_codec_set_memory_limit. Since 0.1. */
LENTIL_API lentil_error lentil_codec_set_threads(lentil_codec* codec,
                                                 int threads);

/* Source bytes per frame, 4 KiB … 64 MiB; default 4 MiB. Frames are restored
 * independently: smaller ones lose a little size, larger ones cost memory.
 * Since 0.1. */
LENTIL_API lentil_error lentil_codec_set_frame_size(lentil_codec* codec,
                                                    size_t bytes);

/* Whether each frame is decoded and compared before it is written. Default on
 * (1); off about halves the time of compression. Since 0.1. */
LENTIL_API lentil_error lentil_codec_set_verify(lentil_codec* codec, int on);

/* Fail with LENTIL_RESOURCE_LIMIT rather than allocate more than about this
 * much for a call; up to that, fewer frames are in work at once. 0, the
 * default: frames in work take 512 MiB together at most, whatever the threads,
 * or what one of them takes if that is more (docs/cli.md, "Memory"), and
 * nothing fails. Since 0.1. */
LENTIL_API lentil_error lentil_codec_set_memory_limit(lentil_codec* codec,
                                                      uint64_t bytes);

/* Hears of each damaged part, with a message that names the frame and byte. */
typedef void (*lentil_damage_fn)(void* user, lentil_error error,
                                 const char* message);

/* Restoration goes on past damaged frames, which are left out of the output,
 * and `on_damage` hears of each on the thread that called lentil. Where the
 * name of the model is lost, the codec's model, or else every embedded one, is
 * tried. Does not count for lentil_archive_read. NULL: stop at the first, the
 * default. Since 0.1. */
LENTIL_API lentil_error lentil_codec_set_salvage(lentil_codec* codec,
                                                 lentil_damage_fn on_damage,
                                                 void* user);

/* Hears how many bytes of input were worked off and of output made so far,
 * frames in work included. Nonzero cancels: the call returns LENTIL_CANCELLED
 * within 0.2 s. */
typedef int (*lentil_progress_fn)(void* user, uint64_t bytes_in,
                                  uint64_t bytes_out);

/* `progress` is called at least ten times a second while there is work, on the
 * thread that called lentil. NULL: none, the default. Since 0.1. */
LENTIL_API lentil_error lentil_codec_set_progress(lentil_codec* codec,
                                                  lentil_progress_fn progress,
                                                  void* user);

/* How the latest frame of a compression is coded (LENTIL_FRAME_…): until it has
 * been looked at, what the level prefers; 0 before the first compression. Also
 * for progress callbacks: the relative times of levels hold for frames of the
 * kind that they prefer. Since 0.1. */
LENTIL_API int lentil_codec_frame_kind(const lentil_codec* codec);

/* What the last failed call on this codec, or on a stream or archive of it, has
 * to say, or "". Lives until the next such call. Since 0.1. */
LENTIL_API const char* lentil_codec_message(const lentil_codec* codec);

/* ---- one shot: whole containers (.ltl) in memory ---------------------- */

/* Most bytes a container of `src_size` source bytes can take, at any settings.
 * SIZE_MAX if that does not fit. Since 0.1. */
LENTIL_API size_t lentil_compress_bound(size_t src_size);

/* Compresses `src` into one container. `src` may be NULL if src_size is 0.
 * LENTIL_TOO_SMALL if it does not fit dst_capacity; then the contents of `dst`
 * are undefined. `dst` must not overlap `src`. Since 0.1. */
LENTIL_API lentil_error lentil_compress(lentil_codec* codec, const void* src,
                                        size_t src_size, void* dst,
                                        size_t dst_capacity, size_t* dst_size);

/* Restores one container or several in a row. Nothing is trusted: any bytes may
 * be given. On an error `dst` holds undefined bytes and must not be used.
 * LENTIL_TOO_SMALL if the source does not fit dst_capacity. Since 0.1. */
LENTIL_API lentil_error lentil_decompress(lentil_codec* codec, const void* src,
                                          size_t src_size, void* dst,
                                          size_t dst_capacity,
                                          size_t* dst_size);

/* Source size that the footers of a container, or of several in a row, state.
 * Checked for sense only: bound it before you allocate that much for data from
 * others. O(frames), decodes nothing. Since 0.1. */
LENTIL_API lentil_error lentil_decompressed_size(const void* src,
                                                 size_t src_size,
                                                 uint64_t* size);

/* ---- streams ---------------------------------------------------------- */

/* Receives output in order, on the thread that called lentil. Nonzero stops the
 * stream with LENTIL_IO. */
typedef int (*lentil_write_fn)(void* user, const void* bytes, size_t size);

/* Starts a compression whose output goes to `write`. Memory is bounded by
 * threads and frame size, whatever is written. The codec must outlive the
 * stream and serves it alone until it is freed; its settings count as they are
 * now. Since 0.1. */
LENTIL_API lentil_error lentil_stream_compress(lentil_codec* codec,
                                               lentil_write_fn write,
                                               void* user,
                                               lentil_stream** stream);

/* Starts a restoration: .ltl in, source out. The output receives whole checked
 * frames only. Otherwise as above. Since 0.1. */
LENTIL_API lentil_error lentil_stream_decompress(lentil_codec* codec,
                                                 lentil_write_fn write,
                                                 void* user,
                                                 lentil_stream** stream);

/* Takes the next bytes, any number; they are copied or consumed. May return
 * before they are coded. After a failure every call repeats it. Since 0.1. */
LENTIL_API lentil_error lentil_stream_write(lentil_stream* stream,
                                            const void* bytes, size_t size);

/* Writes what is left and checks the end (LENTIL_CORRUPT if a restoration's
 * input stopped early). The stream can only be freed afterwards. Since 0.1. */
LENTIL_API lentil_error lentil_stream_finish(lentil_stream* stream);

/* Frees a stream, finished or not; unfinished work is dropped. Since 0.1. */
LENTIL_API void lentil_stream_free(lentil_stream* stream);

/* ---- archives: random access and listing ------------------------------ */

/* Fills `bytes` with `size` bytes from `offset` of the file. Nonzero fails the
 * call with LENTIL_IO. Never asked for bytes past the size given. */
typedef int (*lentil_read_fn)(void* user, uint64_t offset, void* bytes,
                              size_t size);

/* How a frame is coded. Values are those of the format and never change. */
enum {
  LENTIL_FRAME_STORED = 1, /* as it is */
  LENTIL_FRAME_ZSTD = 2,   /* by zstd */
  LENTIL_FRAME_MODEL = 3,  /* by the model that the container names */
  LENTIL_FRAME_MIXING = 4, /* by predictors that learn while they code */
  LENTIL_FRAME_RECORDS = 5 /* records, each to be restored by itself */
};

/* What the index tells of a file without decoding it. */
typedef struct lentil_archive_info {
  uint64_t source_size;      /* bytes when restored */
  uint64_t stored_size;      /* bytes of the file */
  uint64_t frames;           /* of all containers together */
  uint64_t containers;       /* concatenated ones */
  uint64_t model_hash;       /* of the first container with a model, or 0 */
  uint32_t numerics_version; /* of that container, or 0 */
  uint32_t format_version;   /* of the first container */
} lentil_archive_info;

/* One frame, in the order of the file. */
typedef struct lentil_frame_info {
  uint64_t source_offset; /* of its first byte in the restored source */
  uint64_t source_size;
  uint64_t stored_offset; /* of its header in the file */
  uint64_t stored_size;   /* header and payload */
  int kind;               /* LENTIL_FRAME_… */
} lentil_frame_info;

/* Reads the index of a file of `size` bytes. Footers are read from the end;
 * LENTIL_CORRUPT if they lie or point outside. The codec must outlive the
 * archive and gives it model, threads, limit and progress. Since 0.1. */
LENTIL_API lentil_error lentil_archive_open(lentil_codec* codec,
                                            lentil_read_fn read, void* user,
                                            uint64_t size,
                                            lentil_archive** archive);

/* Fills `info`. Since 0.1. */
LENTIL_API lentil_error lentil_archive_get_info(const lentil_archive* archive,
                                                lentil_archive_info* info);

/* Fills `frame` for the index-th frame; LENTIL_INVALID_ARGUMENT past the last.
 * The first call reads the headers of all frames. Since 0.1. */
LENTIL_API lentil_error lentil_archive_get_frame(lentil_archive* archive,
                                                 uint64_t index,
                                                 lentil_frame_info* frame);

/* Restores source bytes [offset, offset + length), decoding only the frames
 * that hold them; a range past the end is cut there. `write` receives checked
 * bytes only. Since 0.1. */
LENTIL_API lentil_error lentil_archive_read(lentil_archive* archive,
                                            uint64_t offset, uint64_t length,
                                            lentil_write_fn write, void* user);

/* Restores the source bytes, newlines and lengths included, of the records
 * first … first + count - 1, counted from 0 over the file, and decodes no
 * others (but for frames that are not LENTIL_FRAME_RECORDS). `write` receives
 * bytes whose coded form had its checksum right. LENTIL_INVALID_ARGUMENT if the
 * file was not made of records (lentil_codec_set_records) or has fewer;
 * LENTIL_WRONG_SAMPLE without its sample. Since 0.1. */
LENTIL_API lentil_error lentil_archive_read_records(lentil_archive* archive,
                                                    uint64_t first,
                                                    uint64_t count,
                                                    lentil_write_fn write,
                                                    void* user);

/* Frees an archive; the codec and whatever `read` uses stay. Since 0.1. */
LENTIL_API void lentil_archive_free(lentil_archive* archive);

/* ---- small buffers ---------------------------------------------------- */

/* How a source, or a sample, falls into records. */
enum {
  LENTIL_RECORDS_NONE = 0,  /* not at all */
  LENTIL_RECORDS_LINES = 1, /* each ends with a newline; the last may not */
  LENTIL_RECORDS_U32LE = 2  /* each follows its length, 4 bytes little-endian */
};

/* A sample: records like those to come, at most 4 MiB of them, which are
 * copied. What it is to zstd's dictionaries: both sides need the same bytes,
 * and each record is still restored alone. Cheap; a codec that is given the
 * sample reads it at its first use with a model, at about 300 KB/s, and keeps
 * up to 32 MB with the sample for that model, and up to 36 MB for each record
 * at work. LENTIL_INVALID_ARGUMENT if it is too large. Since 0.1. */
LENTIL_API lentil_error lentil_sample_new(const void* bytes, size_t size,
                                          lentil_sample** sample);

/* XXH3-64 of the sample: what files made with it name it by. 0 for NULL.
 * Since 0.1. */
LENTIL_API uint64_t lentil_sample_hash(const lentil_sample* sample);

/* What the last failed lentil_sample_new of this thread has to say, or "".
 * Lives until this thread's next call of it. Since 0.1. */
LENTIL_API const char* lentil_sample_message(void);

/* Codecs keep what they need. Since 0.1. */
LENTIL_API void lentil_sample_free(lentil_sample* sample);

/* Records are coded, and restored, with this sample by the codec's model, at
 * levels 1 and 2 by what the sample taught alone. NULL: without, the default.
 * Since 0.1. */
LENTIL_API lentil_error lentil_codec_set_sample(lentil_codec* codec,
                                                const lentil_sample* sample);

/* Sources that lentil_compress and streams of this codec compress fall into
 * records (LENTIL_RECORDS_…), each of which is coded by itself: see
 * lentil_archive_read_records. A frame ends with a record; a line that is
 * longer than a frame goes on in the next, another record that is is an error.
 * It also says how a sample falls into records, where NONE, the default, means
 * lines. Restoring needs none of it: files say what they are. Since 0.1. */
LENTIL_API lentil_error lentil_codec_set_records(lentil_codec* codec, int form);

/* One record: no magic, no model name, no index. Model, numerics and level come
 * from the codec handle, so both sides must make it alike. At most 4 bytes of
 * overhead over the coded bytes, plus the check; never more than 4 + 4 bytes
 * over the source. Records are small: a codec's threads, memory limit and
 * progress callback do not count for them, and they cannot be cancelled.
 * `flags`: what is stored with the record. */
enum {
  LENTIL_RECORD_SIZE =
      1, /* store the length (varint); otherwise the caller knows it */
  LENTIL_RECORD_CHECK = 2 /* store a 4-byte checksum of the source */
};

/* Compresses one record of at most 64 MiB; src_size + 8 bytes of `dst` always
 * suffice. Verified by decoding if the codec verifies. Since 0.1. */
LENTIL_API lentil_error lentil_record_compress(lentil_codec* codec,
                                               unsigned flags, const void* src,
                                               size_t src_size, void* dst,
                                               size_t dst_capacity,
                                               size_t* dst_size);

/* Restores one record; `flags` must be those it was made with. Without
 * LENTIL_RECORD_SIZE, `*dst_size` is the source's length on entry. Without
 * LENTIL_RECORD_CHECK damage may go unnoticed. Since 0.1. */
LENTIL_API lentil_error lentil_record_decompress(
    lentil_codec* codec, unsigned flags, const void* src, size_t src_size,
    void* dst, size_t dst_capacity, size_t* dst_size);

#ifdef __cplusplus
}
#endif
#endif /* LENTIL_LENTIL_H_ */
