/* SPDX-License-Identifier: MIT */
/*
 * What a display shows. QEMU writes a picture (PPM: a header of text, then
 * three bytes a pixel) into a file without a name that both processes have.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qtest_int.h"

enum {
	HEADER_MAX = 64,
	SIDE_MAX = 16384, /* no display is wider or higher */
};

/* Read the file; NULL: it is no picture. */
static uint8_t *load(int fd, size_t *len)
{
	struct stat st;
	uint8_t *bytes;
	size_t got = 0;

	if (fstat(fd, &st) || st.st_size <= 0)
		return NULL;
	*len = (size_t)st.st_size;
	bytes = qtest_zalloc(*len + 1);
	while (got < *len) {
		ssize_t n = pread(fd, bytes + got, *len - got, (off_t)got);

		if (n <= 0)
			break;
		got += (size_t)n;
	}
	if (got == *len)
		return bytes;
	free(bytes);
	return NULL;
}

/* The header's length, or 0 if bytes are no picture. */
static size_t header(const uint8_t *bytes, size_t len, uint32_t *width,
		     uint32_t *height)
{
	char text[HEADER_MAX];
	int end = 0;

	snprintf(text, sizeof(text), "%s", (const char *)bytes);
	if (sscanf(text, "P6 %u %u 255%n", width, height, &end) != 2 || !end)
		return 0;
	if (!*width || !*height || *width > SIDE_MAX || *height > SIDE_MAX)
		return 0;
	/* One byte of white space ends it. */
	if (len != (size_t)end + 1 + (size_t)*width * *height * 3)
		return 0;
	return (size_t)end + 1;
}

static bool decode(const uint8_t *bytes, size_t len,
		   struct lev_qtest_picture *picture)
{
	const size_t start =
		header(bytes, len, &picture->width, &picture->height);
	const uint8_t *p = bytes + start;
	size_t count;

	if (!start)
		return false;
	count = (size_t)picture->width * picture->height;
	picture->pixels = qtest_zalloc(count * sizeof(*picture->pixels));
	for (size_t i = 0; i < count; i++, p += 3)
		picture->pixels[i] =
			(uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
	return true;
}

int lev_qtest_screendump(struct lev_qtest *qt, const char *id, unsigned head,
			 struct lev_qtest_picture *picture)
{
	struct qtest_text arguments = { NULL, 0 };
	uint8_t *bytes;
	size_t len = 0;
	int err;

	picture->pixels = NULL;
	/* QEMU has it under the same number. */
	qtest_text_add(&arguments, "{\"filename\":\"/dev/fd/%d\"",
		       qt->screen_fd);
	if (id)
		qtest_text_add(&arguments, ",\"device\":\"%s\",\"head\":%u", id,
			       head);
	qtest_text_add(&arguments, "}");
	err = lev_qtest_qmp(qt, "screendump", arguments.buf, NULL);
	free(arguments.buf);
	if (err)
		return err;
	bytes = load(qt->screen_fd, &len);
	if (!bytes || !decode(bytes, len, picture)) {
		qtest_complain(qt, "screendump: %zu bytes are no picture", len);
		err = LEV_ERR_IO;
	}
	free(bytes);
	return err;
}
