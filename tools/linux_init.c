/* SPDX-License-Identifier: MIT */
/*
 * The one program of the Linux guest: loads the modules /000, /001, ... in
 * this order, then says so on the console and sleeps. No C library: there is
 * none for the guest.
 */
#include <stddef.h>

enum {
	SYS_OPENAT = 56,
	SYS_WRITE = 64,
	SYS_PPOLL = 73,
	SYS_FINIT_MODULE = 273,
	AT_FDCWD = -100,
	CONSOLE = 1,
	DIGITS = 3,
};

static long system_call(long number, long a, const void *b, long c, long d)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register const void *x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3)
			 : "memory");
	return x0;
}

static void say(const char *text)
{
	long len = 0;

	while (text[len])
		len++;
	system_call(SYS_WRITE, CONSOLE, text, len, 0);
}

static void count_up(char *digits)
{
	for (int i = DIGITS - 1; i >= 0; i--) {
		if (digits[i] != '9') {
			digits[i]++;
			return;
		}
		digits[i] = '0';
	}
}

void _start(void)
{
	char path[] = "/000";
	long fd;

	while ((fd = system_call(SYS_OPENAT, AT_FDCWD, path, 0, 0)) >= 0) {
		if (system_call(SYS_FINIT_MODULE, fd, "", 0, 0) < 0) {
			say("init cannot load ");
			say(path);
			say("\n");
		}
		count_up(path + 1);
	}
	say("init is here\n");
	for (;;)
		system_call(SYS_PPOLL, 0, NULL, 0, 0);
}
