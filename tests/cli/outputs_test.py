# SPDX-License-Identifier: Apache-2.0
"""Where bytes go: files, links, devices, descriptors; who may read them; what
stays after kill -9. Never the machine's own devices: tests make theirs."""

import os
import signal
import stat
import struct
import subprocess
import unittest

from harness import CliTest, FAILED, LENTIL, OK, USAGE, noise, prose

NULL = os.makedev(1, 3)
FULL = os.makedev(1, 7)
AS_ROOT = os.geteuid() == 0
NOBODY = 65534


def as_user(user, group):
    """For preexec_fn: goes on as this user, in this group alone."""
    def become():
        os.setgroups([])
        os.setresgid(group, group, group)
        os.setresuid(user, user, user)
    return become


class Attributes(CliTest):
    def test_mode_and_time_are_kept(self):
        self.write("a", b"hello")
        os.chmod(self.path("a"), 0o640)
        os.utime(self.path("a"), ns=(10**18, 10**18 + 5))
        self.lentil("compress", "-0", "a")
        self.lentil("decompress", "-f", "a.ltl")
        for name in ("a", "a.ltl"):
            info = os.stat(self.path(name))
            self.assertEqual(stat.S_IMODE(info.st_mode), 0o640)
            self.assertEqual(info.st_mtime_ns, 10**18 + 5)

    def test_root_keeps_the_owner(self):
        if os.geteuid() != 0:
            self.skipTest("only root gives files away")
        self.write("a", b"hello")
        os.chown(self.path("a"), 65534, 65533)
        self.lentil("compress", "-0", "a")
        self.lentil("decompress", "-f", "a.ltl")
        for name in ("a", "a.ltl"):
            info = os.stat(self.path(name))
            self.assertEqual((info.st_uid, info.st_gid), (65534, 65533))


    def test_rights_of_a_group_that_cannot_be_kept(self):
        if not AS_ROOT:
            self.skipTest("only root gives files away")
        os.chmod(self.dir, 0o777)
        for mode, expect in ((0o640, 0o600), (0o664, 0o644), (0o604, 0o600),
                             (0o750, 0o700), (0o755, 0o755)):
            self.write("a", b"hello")
            os.chown(self.path("a"), NOBODY, 12345)
            os.chmod(self.path("a"), mode)
            self.lentil("compress", "-0", "-f", "a",
                        preexec_fn=as_user(NOBODY, 23456))
            info = os.stat(self.path("a.ltl"))
            self.assertEqual((info.st_uid, info.st_gid), (NOBODY, 23456))
            self.assertEqual(stat.S_IMODE(info.st_mode), expect, oct(mode))
            os.remove(self.path("a.ltl"))

    def test_a_group_of_the_user_is_kept(self):
        if not AS_ROOT:
            self.skipTest("only root gives files away")
        os.chmod(self.dir, 0o777)
        self.write("a", b"hello")
        os.chown(self.path("a"), NOBODY, 12345)
        os.chmod(self.path("a"), 0o640)

        def become():
            os.setgroups([12345])
            os.setresgid(23456, 23456, 23456)
            os.setresuid(NOBODY, NOBODY, NOBODY)

        self.lentil("compress", "-0", "a", preexec_fn=become)
        info = os.stat(self.path("a.ltl"))
        self.assertEqual(info.st_gid, 12345)
        self.assertEqual(stat.S_IMODE(info.st_mode), 0o640)

    def test_with_an_access_control_list_only_the_owner_keeps_rights(self):
        self.write("a", b"hello")
        owner, user, group, mask, other = 1, 2, 4, 16, 32
        entries = ((owner, 6, 0xFFFFFFFF), (user, 6, 12345),
                   (group, 0, 0xFFFFFFFF), (mask, 6, 0xFFFFFFFF),
                   (other, 4, 0xFFFFFFFF))
        acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry)
                                              for entry in entries)
        try:
            os.setxattr(self.path("a"), "system.posix_acl_access", acl)
        except OSError:
            self.skipTest("no access control lists here")
        # The mode shows the mask as the rights of a group that has none.
        self.assertEqual(stat.S_IMODE(os.stat(self.path("a")).st_mode), 0o664)
        self.lentil("compress", "-0", "a")
        self.assertEqual(stat.S_IMODE(os.stat(self.path("a.ltl")).st_mode),
                         0o600)

    def test_an_unfinished_output_is_no_more_public_than_the_input(self):
        self.write("a", prose(16_000_000))
        os.chmod(self.path("a"), 0o600)
        process = self.start("compress", "-0", "a", stderr=subprocess.DEVNULL,
                             preexec_fn=lambda: os.umask(0))
        modes = set()
        while process.poll() is None:
            modes |= {stat.S_IMODE(info.st_mode)
                      for info in self.outputs_under_way(process)}
        self.assertEqual(process.wait(), OK)
        self.assertEqual(modes, {0o600})


class Links(CliTest):
    def test_links_are_replaced(self):
        self.write("a", b"hello")
        self.write("real/old", b"precious")
        for target in ("real/old", "nowhere"):
            os.symlink(target, self.path("link"))
            self.lentil("compress", "-0", "a", "-o", "link", expect=FAILED)
            self.lentil("compress", "-0", "-f", "a", "-o", "link")
            self.assertFalse(os.path.islink(self.path("link")))
            self.assertEqual(self.lentil("cat", "link").stdout, b"hello")
            os.remove(self.path("link"))
        self.assertEqual(self.read("real/old"), b"precious")
        self.assertEqual(self.files(), ["a", "real/old"])

    def test_a_link_of_a_stranger_to_a_pipe_is_refused(self):
        if not AS_ROOT:
            self.skipTest("only root gives files away")
        self.write("a", b"hello")
        os.mkdir(self.path("shared"))
        os.chmod(self.path("shared"), 0o1777)
        os.mkfifo(self.path("pipe"))
        os.symlink("../pipe", self.path("shared/link"))
        os.lchown(self.path("shared/link"), NOBODY, NOBODY)
        done = self.lentil("compress", "-0", "-f", "a", "-o", "shared/link",
                           expect=FAILED)
        self.assert_message(done, "shared/link: ", "somebody else's")


class Streams(CliTest):
    """Devices, pipes and descriptors are written as they are, whatever the
    verb and with -f or without."""

    def device(self, name, number):
        if not AS_ROOT:
            self.skipTest("only root makes devices")
        try:
            os.mknod(self.path(name), 0o666 | stat.S_IFCHR, number)
        except OSError:
            self.skipTest("no devices can be made here")
        return os.stat(self.path(name)).st_ino

    def commands(self):
        """Every output of every verb that is quick, but for the output."""
        self.write("a", prose(3000))
        self.write("b", prose(3000, seed=2))
        small = ("--bytes", "8", "--from", "contexts", "--prompt", "the ")
        return [("compress", "-0", "a", "-o"),
                ("generate", *small, "-o"),
                ("eval", "-0", "a", "--csv"),
                ("eval", "-0", "a", "--html"),
                ("eval", "-m", "nano", "--chunk", "512", "a", "--positions"),
                ("contamination", "-m", "nano", "a", "b", "--csv"),
                ("contamination", "-m", "nano", "a", "b", "--html"),
                ("mdl", "--presets", "tiny", "--epochs", "2", "a", "--csv"),
                ("mdl", "--presets", "tiny", "--epochs", "2", "a", "--curve"),
                ("mdl", "--presets", "tiny", "--epochs", "2", "a", "--html"),
                ("bench", "--peers", "none", "--levels", "0", "a", "--html")]

    def test_devices(self):
        node = self.device("null", NULL)
        for command in self.commands():
            for flags in ((), ("-f",)):
                self.lentil(*command, "null", *flags)
                info = os.stat(self.path("null"))
                self.assertEqual((info.st_ino, info.st_rdev), (node, NULL),
                                 command)
        self.assertEqual(self.files(), ["a", "b", "null"])

    def test_a_full_device_is_an_error(self):
        self.device("full", FULL)
        for command in self.commands():
            done = self.lentil(*command, "full", expect=FAILED)
            self.assert_message(done, "full: cannot write: no space left")

    def test_descriptors(self):
        for command in self.commands():
            for flags in ((), ("-f",)):
                with open(self.path("out"), "wb") as out:
                    done = subprocess.run(
                        [LENTIL, *command, f"/dev/fd/{out.fileno()}", *flags],
                        cwd=self.dir, pass_fds=[out.fileno()],
                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                self.assertEqual(done.returncode, OK, done.stderr)
                self.assertGreater(os.path.getsize(self.path("out")), 0,
                                   command)

    def test_standard_output_in_order(self):
        self.write("a", prose(3000))
        table = self.lentil("eval", "-0", "a").stdout
        csv = self.lentil("eval", "-0", "a", "--csv", "t.csv")
        csv = self.read("t.csv")
        for name in ("-", "/dev/stdout"):
            both = self.lentil("eval", "-0", "a", "--csv", name).stdout
            lines = both.splitlines()
            self.assertEqual(len(lines), len((table + csv).splitlines()))
            self.assertIn(lines[-1].split(b",")[:3],
                          [line.split(b",")[:3] for line in csv.splitlines()])

    def test_open_descriptors_keep_their_place(self):
        self.write("a", b"hello")
        code = self.lentil("compress", "-0", "-c", "a").stdout
        for name in ("-", "/dev/stdout", "/dev/fd/1"):
            for flags in ((), ("-f",)):
                self.write("out", b"before ")
                with open(self.path("out"), "ab") as out:
                    done = subprocess.run(
                        [LENTIL, "compress", "-0", *flags, "a", "-o", name],
                        cwd=self.dir, stdout=out)
                self.assertEqual(done.returncode, OK)
                self.assertEqual(self.read("out"), b"before " + code)
        self.assertTrue(os.path.islink("/dev/stdout"))


    def test_a_pipe_with_a_name(self):
        self.write("a", b"hello")
        os.mkfifo(self.path("pipe"))
        reader = subprocess.Popen(["cat", self.path("pipe")],
                                  stdout=subprocess.PIPE)
        self.lentil("compress", "-0", "a", "-o", "pipe")
        code = reader.communicate()[0]
        self.assertEqual(self.lentil("cat", stdin=code).stdout, b"hello")
        self.assertTrue(stat.S_ISFIFO(os.stat(self.path("pipe")).st_mode))

    def test_training_wants_a_file(self):
        self.write("text", prose(5000))
        os.mkfifo(self.path("pipe"))
        done = self.lentil("train", "--preset", "tiny", "--bytes", "4k",
                           "--data", "text", "--out", "pipe", expect=USAGE)
        self.assert_message(done, "pipe: is no file")
        self.assertEqual(self.files(), ["pipe", "text"])


class Findings(CliTest):
    def test_an_input_is_never_overwritten(self):
        text = prose(3000)
        self.write("a", text)
        os.link(self.path("a"), self.path("same"))
        for flag, name in (("--csv", "a"), ("--html", "./a"),
                           ("--csv", "same")):
            done = self.lentil("eval", "-0", "-f", "a", flag, name,
                               expect=USAGE)
            self.assert_message(done, f"{name}: is an input")
        self.assertEqual(self.read("a"), text)

    def test_two_outputs_of_one_name(self):
        self.write("a", prose(3000))
        done = self.lentil("eval", "-0", "-f", "a", "--csv", "x", "--html",
                           "x", expect=USAGE)
        self.assert_message(done, "x: is named for two outputs")
        self.assertEqual(self.files(), ["a"])

    def test_what_exists_is_kept(self):
        self.write("a", prose(3000))
        self.write("x", b"precious")
        for flag in ("--csv", "--html"):
            done = self.lentil("eval", "-0", "a", flag, "x", expect=FAILED)
            self.assert_message(done, "x: already exists", "-f")
        self.assertEqual(self.read("x"), b"precious")
        self.lentil("eval", "-0", "-f", "a", "--csv", "x")
        self.assertNotEqual(self.read("x"), b"precious")

    def test_a_checkpoint_of_another_run_is_kept(self):
        self.write("text", prose(5000))
        self.write("m.checkpoint", b"hours of work")
        flags = ("train", "--preset", "tiny", "--bytes", "4k", "--data",
                 "text", "--out", "m")
        done = self.lentil(*flags, expect=FAILED)
        self.assert_message(done, "m.checkpoint: ", "--resume", "-f")
        self.assertEqual(self.read("m.checkpoint"), b"hours of work")
        self.lentil(*flags, "-f")


class Interrupted(CliTest):
    def begin(self):
        """A job that has begun to write and waits for more."""
        ours, theirs = os.pipe()
        self.addCleanup(os.close, theirs)
        process = self.start("compress", "-0", "--frame-size", "64k", "-o",
                             "out", stdin=ours, stderr=subprocess.DEVNULL)
        os.close(ours)
        os.write(theirs, noise(60_000))
        self.wait_for_output(process)
        os.write(theirs, noise(60_000))
        return process

    def test_every_signal_that_ends_it_leaves_nothing(self):
        for number in ("INT", "TERM", "HUP", "QUIT", "XCPU", "ALRM", "USR1",
                       "USR2", "PROF", "VTALRM", "IO", "PWR", "KILL"):
            number = getattr(signal, "SIG" + number)
            process = self.begin()
            process.send_signal(number)
            self.assertEqual(process.wait(), -number)
            self.assertEqual(self.files(), [], number)

    def test_unfinished_outputs_are_no_inputs(self):
        self.write("d/a", b"hello")
        self.write("d/.lentil-12345-0.tmp", b"half of something")
        self.lentil("compress", "-0", "-r", "d")
        self.assertEqual(self.files(), ["d/.lentil-12345-0.tmp", "d/a",
                                        "d/a.ltl"])
        # By name it is a file like others.
        self.lentil("compress", "-0", "d/.lentil-12345-0.tmp")

    def test_a_disk_that_fills_up_is_told_with_what_went_out(self):
        self.small_disk()
        self.write("a", noise(3_000_000))
        with open(self.path("disk/out"), "wb") as out:
            done = subprocess.run([LENTIL, "compress", "-0", "-c", "a"],
                                  cwd=self.dir, stdout=out,
                                  stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, FAILED)
        size = os.path.getsize(self.path("disk/out"))
        self.assertGreater(size, 500_000)
        self.assertIn(f"{size} bytes were written, the last frame not "
                      f"whole".encode(), done.stderr)


if __name__ == "__main__":
    unittest.main()
