/* SPDX-License-Identifier: MIT */
/*
 * QEMU itself. It gets everything by inheritance: the machine's memory, the two
 * sockets, a file for pictures and one for what it prints. All of them are
 * without a name and close on exec, so that no other child of this process has
 * them; only the child that becomes QEMU opens them up.
 *
 * The machine runs (a stopped one has devices that do not answer) with its CPU
 * switched off or halted, under TCG: Debian's QEMU has no accelerator named
 * qtest, but the protocol does not need it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "qtest_int.h"

enum {
	WORDS_MAX = 256,
	LINE_MAX_LEN = 1024,
	FIRMWARE_LEN = 65536,
	NO_EXEC = 127,
	PAUSE = 200000, /* ns */
};

/* --- the command line --- */

struct words {
	char *word[WORDS_MAX + 1];
	unsigned count;
};

LEV_FORMAT(2, 3)
static void words_add(struct words *words, const char *format, ...)
{
	struct qtest_text text = { NULL, 0 };
	va_list args;

	va_start(args, format);
	qtest_text_vadd(&text, format, args);
	va_end(args);
	if (words->count < WORDS_MAX)
		words->word[words->count++] = text.buf;
	else
		free(text.buf);
}

static void words_add_all(struct words *words, const char *const *more)
{
	for (; more && *more; more++)
		words_add(words, "%s", *more);
}

static void words_free(struct words *words)
{
	while (words->count)
		free(words->word[--words->count]);
}

static void add_machine(struct words *words, const struct lev_qtest *qt)
{
	static const char *const fixed[] = {
		"-accel", "tcg,thread=single", "-display", "none",
		"-nodefaults", "-no-user-config",
		/* Wrong register accesses are printed. */
		"-d", "guest_errors", "-object", NULL
	};

	words_add_all(words, qt->machine->words);
	if (qt->machine->firmware) {
		words_add(words, "-bios");
		words_add(words, "/dev/fd/%d", qt->firmware_fd);
	}
	words_add_all(words, fixed);
	words_add(words,
		  "memory-backend-file,id=ram0,size=%zu,mem-path=/dev/fd/%d,"
		  "share=on",
		  qt->ram_len, qt->ram_fd);
	words_add(words, "-m");
	words_add(words, "%zuM", qt->ram_len >> 20);
}

/* The qtest channel wants its character device to have its own name. */
static void add_channels(struct words *words, int wire, int qmp)
{
	words_add(words, "-chardev");
	words_add(words, "socket,id=qtest,fd=%d", wire);
	words_add(words, "-qtest");
	words_add(words, "chardev:qtest");
	words_add(words, "-qtest-log");
	words_add(words, "none");
	words_add(words, "-chardev");
	words_add(words, "socket,id=qmp,fd=%d", qmp);
	words_add(words, "-mon");
	words_add(words, "chardev=qmp,mode=control");
}

/* false: there are more devices than slots. */
static bool add_devices(struct words *words,
			const struct lev_qtest_config *config)
{
	unsigned slot = 0;

	if (config->modern) {
		words_add(words, "-global");
		words_add(words, "virtio-mmio.force-legacy=false");
	}
	for (; config->devices && config->devices[slot]; slot++) {
		if (slot == LEV_QTEST_SLOTS)
			return false;
		words_add(words, "-device");
		words_add(words, "%s,bus=virtio-mmio-bus.%u",
			  config->devices[slot], slot);
	}
	for (unsigned i = 0; config->pci && config->pci[i]; i++) {
		words_add(words, "-device");
		words_add(words, "%s", config->pci[i]);
	}
	words_add_all(words, config->extra);
	return true;
}

/* --- the child --- */

static bool inherit(int fd)
{
	return fcntl(fd, F_SETFD, 0) == 0;
}

/* Becomes QEMU, or writes to failed why it cannot. */
static void child(const struct lev_qtest *qt, struct words *words, pid_t parent,
		  int wire, int qmp, int failed)
{
	const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ssize_t written;
	int why;

	errno = 0;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
	    null >= 0 && dup2(null, 0) == 0 && dup2(qt->stderr_fd, 1) == 1 &&
	    dup2(qt->stderr_fd, 2) == 2 && inherit(qt->ram_fd) &&
	    (qt->firmware_fd < 0 || inherit(qt->firmware_fd)) &&
	    inherit(qt->screen_fd) && inherit(wire) && inherit(qmp))
		execvp(words->word[0], words->word);
	why = errno;
	written = write(failed, &why, sizeof(why));
	(void)written;
	_exit(NO_EXEC);
}

/* Returns 0 when QEMU runs, else why not (an errno). */
static int spawn(struct lev_qtest *qt, struct words *words, int wire, int qmp)
{
	const pid_t parent = getpid();
	int failed[2];
	int why = 0;
	ssize_t got;

	if (pipe2(failed, O_CLOEXEC))
		return errno;
	qt->pid = fork();
	if (qt->pid == 0)
		child(qt, words, parent, wire, qmp, failed[1]);
	if (qt->pid < 0) {
		why = errno;
		qt->pid = 0;
	}
	close(failed[1]);
	do /* the end of the pipe: exec has closed it */
		got = read(failed[0], &why, sizeof(why));
	while (got < 0 && errno == EINTR);
	close(failed[0]);
	return why;
}

static bool make_file(int *fd, const char *name)
{
	*fd = memfd_create(name, MFD_CLOEXEC);
	return *fd >= 0;
}

/* At its end, where an x86 CPU starts: cli, hlt, and back to hlt. */
static bool make_firmware(struct lev_qtest *qt)
{
	static const uint8_t halt[] = { 0xfa, 0xf4, 0xeb, 0xfd };

	return make_file(&qt->firmware_fd, "lev-qtest-firmware") &&
	       ftruncate(qt->firmware_fd, FIRMWARE_LEN) == 0 &&
	       pwrite(qt->firmware_fd, halt, sizeof(halt), FIRMWARE_LEN - 16) ==
		       (ssize_t)sizeof(halt);
}

/* Ours is the stream's; the other end is QEMU's. */
static bool make_socket(struct qtest_stream *stream, int *theirs)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return false;
	stream->fd = pair[0];
	*theirs = pair[1];
	return true;
}

static bool start(struct lev_qtest *qt, struct words *words, int wire, int qmp)
{
	const int why = spawn(qt, words, wire, qmp);

	if (!why)
		return true;
	if (why == ENOENT)
		qtest_complain(qt, "%s: %s (Debian: package %s)",
			       words->word[0], strerror(why),
			       qt->machine->package);
	else
		qtest_complain(qt, "%s: %s", words->word[0], strerror(why));
	qtest_process_wait(qt);
	qt->expected = true; /* there is nothing to add */
	return false;
}

static const char *program_of(const struct lev_qtest_config *config,
			      const struct qtest_machine *machine)
{
	const char *program =
		config->program ? config->program : getenv(machine->variable);

	return program ? program : machine->program;
}

bool qtest_process_open(struct lev_qtest *qt,
			const struct lev_qtest_config *config)
{
	struct words words = { .count = 0 };
	int wire = -1, qmp = -1;
	bool ok = make_file(&qt->screen_fd, "lev-qtest-screen") &&
		  make_file(&qt->stderr_fd, "lev-qtest-stderr") &&
		  (!qt->machine->firmware || make_firmware(qt)) &&
		  make_socket(&qt->wire, &wire) && make_socket(&qt->qmp, &qmp);

	qt->tolerated = config->tolerated;
	words_add(&words, "%s", program_of(config, qt->machine));
	add_machine(&words, qt);
	add_channels(&words, wire, qmp);
	if (!ok)
		qtest_complain(qt, "no files for QEMU: %s", strerror(errno));
	else if (!add_devices(&words, config) || words.count == WORDS_MAX)
		qtest_complain(qt, "more devices or words than there is room");
	else
		qt->dead = !start(qt, &words, wire, qmp);
	words_free(&words);
	if (wire >= 0)
		close(wire);
	if (qmp >= 0)
		close(qmp);
	return !qt->dead;
}

/* --- its end --- */

void qtest_process_wait(struct lev_qtest *qt)
{
	const struct timespec pause = { .tv_nsec = PAUSE };
	const uint64_t deadline = qtest_deadline(qt);
	pid_t got;

	qt->dead = true;
	if (qt->pid <= 0 || qt->reaped)
		return;
	for (;;) {
		got = waitpid(qt->pid, &qt->status, WNOHANG);
		if (got != 0 && (got > 0 || errno != EINTR))
			break;
		if (qtest_now() >= deadline)
			kill(qt->pid, SIGKILL);
		nanosleep(&pause, NULL);
	}
	qt->reaped = got > 0;
	qt->pid = got > 0 ? qt->pid : 0;
}

void lev_qtest_kill(struct lev_qtest *qt)
{
	if (qt->dead)
		return;
	kill(qt->pid, SIGKILL);
	qt->expected = true;
	qtest_process_wait(qt);
}

int lev_qtest_pid(const struct lev_qtest *qt)
{
	return qt->pid;
}

static bool tolerated(const struct lev_qtest *qt, const char *line)
{
	for (unsigned i = 0; qt->tolerated && qt->tolerated[i]; i++)
		if (strstr(line, qt->tolerated[i]))
			return true;
	return false;
}

/* What QEMU printed, a complaint a line. */
static void check_stderr(struct lev_qtest *qt)
{
	const int fd = dup(qt->stderr_fd);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char line[LINE_MAX_LEN];

	if (!file) {
		qtest_complain(qt, "what QEMU printed cannot be read");
		return;
	}
	rewind(file);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		if (!tolerated(qt, line))
			qtest_complain(qt, "QEMU: %s", line);
	}
	fclose(file);
}

void qtest_process_check(struct lev_qtest *qt)
{
	if (qt->checked)
		return;
	qt->checked = true;
	if (qt->reaped && !qt->expected) {
		if (WIFSIGNALED(qt->status))
			qtest_complain(qt, "QEMU was ended by signal %d",
				       WTERMSIG(qt->status));
		else if (WEXITSTATUS(qt->status))
			qtest_complain(qt, "QEMU ended with status %d",
				       WEXITSTATUS(qt->status));
	}
	if (qt->stderr_fd >= 0)
		check_stderr(qt);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void qtest_process_close(struct lev_qtest *qt)
{
	close_fd(qt->screen_fd);
	close_fd(qt->stderr_fd);
	close_fd(qt->firmware_fd);
	close_fd(qt->wire.fd);
	close_fd(qt->qmp.fd);
	free(qt->wire.buf);
	free(qt->qmp.buf);
}
