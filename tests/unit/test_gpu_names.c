/* SPDX-License-Identifier: MIT */
/* drivers/gpu_names.c: the standard's words for what a GPU is told and says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include <levitate/gpu.h>

/* Numbers and words from 5.7.6.7, not from the library's header. */
static const struct {
	uint32_t value;
	const char *name;
} commands[] = {
	{ 0x100, "GET_DISPLAY_INFO" },
	{ 0x101, "RESOURCE_CREATE_2D" },
	{ 0x102, "RESOURCE_UNREF" },
	{ 0x103, "SET_SCANOUT" },
	{ 0x104, "RESOURCE_FLUSH" },
	{ 0x105, "TRANSFER_TO_HOST_2D" },
	{ 0x106, "RESOURCE_ATTACH_BACKING" },
	{ 0x107, "RESOURCE_DETACH_BACKING" },
	{ 0x10a, "GET_EDID" },
}, responses[] = {
	{ 0x1100, "OK_NODATA" },
	{ 0x1101, "OK_DISPLAY_INFO" },
	{ 0x1104, "OK_EDID" },
	{ 0x1200, "ERR_UNSPEC" },
	{ 0x1201, "ERR_OUT_OF_MEMORY" },
	{ 0x1202, "ERR_INVALID_SCANOUT_ID" },
	{ 0x1203, "ERR_INVALID_RESOURCE_ID" },
	{ 0x1204, "ERR_INVALID_CONTEXT_ID" },
	{ 0x1205, "ERR_INVALID_PARAMETER" },
	{ 0, "no response" },
};

enum {
	COMMANDS = sizeof(commands) / sizeof(commands[0]),
	RESPONSES = sizeof(responses) / sizeof(responses[0]),
};

static void commands_have_their_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COMMANDS; i++)
		assert_string_equal(lev_gpu_command_name(commands[i].value),
				    commands[i].name);
}

static void responses_have_their_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < RESPONSES; i++)
		assert_string_equal(lev_gpu_response_name(responses[i].value),
				    responses[i].name);
}

static void anything_else_has_a_word_too(void **state)
{
	static const uint32_t strange[] = { 1,	    0xff,   0x10b,
					    0x1102, 0x1206, UINT32_MAX };

	(void)state;
	assert_string_equal(lev_gpu_command_name(0), "unknown command");
	for (unsigned i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
		assert_string_equal(lev_gpu_command_name(strange[i]),
				    "unknown command");
		assert_string_equal(lev_gpu_response_name(strange[i]),
				    "unknown response");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_have_their_names),
		cmocka_unit_test(responses_have_their_names),
		cmocka_unit_test(anything_else_has_a_word_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
