/* SPDX-License-Identifier: MIT */
/* base.h: errors have names, wire integers keep their byte order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include <levitate/base.h>

static void every_error_has_its_own_name(void **state)
{
	(void)state;
	assert_string_equal(lev_strerror(0), "success");
	assert_string_equal(lev_strerror(7), "success");
	for (int err = LEV_ERR_AGAIN; err >= LEV_ERR_STUCK; err--) {
		assert_memory_equal(lev_strerror(err), "LEV_ERR_", 8);
		for (int other = LEV_ERR_AGAIN; other > err; other--)
			assert_string_not_equal(lev_strerror(err),
						lev_strerror(other));
	}
	assert_string_equal(lev_strerror(LEV_ERR_STUCK - 1), "unknown error");
	assert_string_equal(lev_strerror(INT32_MIN), "unknown error");
}

static void wire_integers_are_little_endian(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	lev_le16 a = lev_cpu_to_le16(0x0201);
	lev_le32 b = lev_cpu_to_le32(0x04030201);
	lev_le64 c = lev_cpu_to_le64(0x0807060504030201);

	(void)state;
	assert_memory_equal(&a, bytes, sizeof(a));
	assert_memory_equal(&b, bytes, sizeof(b));
	assert_memory_equal(&c, bytes, sizeof(c));
	assert_int_equal(lev_le16_to_cpu(a), 0x0201);
	assert_int_equal(lev_le32_to_cpu(b), 0x04030201);
	assert_true(lev_le64_to_cpu(c) == 0x0807060504030201);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_has_its_own_name),
		cmocka_unit_test(wire_integers_are_little_endian),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
