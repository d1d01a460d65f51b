/*
 * test_onnx.c - ONNX's own node tests of LayerNormalization, from Debian's libonnx-testdata: Y, Mean and InvStdDev
 */
#include "call.h"
#include "onnx.h"

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "/usr/share/libonnx-testdata/data/node/test_layer_normalization_"

enum { NODE_TESTS = 19, TENSORS_READ = 6 };	/* X, W, B; Y, Mean, InvStdDev */

struct node_test { struct onnx_node node; struct onnx_tensor tensor[TENSORS_READ]; size_t rows, cols; };

static struct node_test read_test(const char *folder)
{
	static const char *const names[TENSORS_READ] = {"input_0", "input_1", "input_2", "output_0", "output_1", "output_2"};
	struct node_test t = {.rows = 1, .cols = 1};
	char path[500];

	snprintf(path, sizeof path, "%s/model.onnx", folder);
	ck_assert_msg(onnx_node_read(path, &t.node), "%s cannot be read", path);
	for (size_t i = 0; i < TENSORS_READ; i++) {
		snprintf(path, sizeof path, "%s/test_data_set_0/%s.pb", folder, names[i]);
		ck_assert_msg(onnx_tensor_read(path, &t.tensor[i]), "%s cannot be read", path);
	}
	/* Dimensions before the axis are rows, those from it on are columns. */
	size_t axis = (size_t)(t.node.axis < 0 ? t.node.axis + (int64_t)t.tensor[0].dims : t.node.axis);
	for (size_t i = 0; i < t.tensor[0].dims; i++)
		*(i < axis ? &t.rows : &t.cols) *= t.tensor[0].shape[i];
	ck_assert_uint_eq(t.tensor[1].elements, t.cols);
	ck_assert_uint_eq(t.tensor[4].elements, t.rows);
	return t;
}

/* ONNX's backend test allows 1e-3 of the value and 1e-7. */
static void expect_near(const struct kernel *k, const char *folder, const char *what, const float *got,
			const struct onnx_tensor *want)
{
	for (size_t i = 0; i < want->elements; i++)
		if (!(fabsf(got[i] - want->values[i]) <= 1e-7f + 1e-3f * fabsf(want->values[i])))
			ck_abort_msg("%s: %s: %s[%zu] is %.9g, not %.9g", k->name, folder, what, i, (double)got[i],
				     (double)want->values[i]);
}

static void check_test(const char *folder)
{
	struct node_test t = read_test(folder);
	ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, t.rows, t.cols);
	const struct kernel *k;

	d.eps = (double)t.node.epsilon;
	struct call c = call_make(&d, PLAIN | STATS);
	memcpy(*call_slot(&c.f, X), t.tensor[0].values, c.part[X].bytes);
	memcpy(*call_slot(&c.f, GAMMA), t.tensor[1].values, c.part[GAMMA].bytes);
	memcpy(*call_slot(&c.f, BETA), t.tensor[2].values, c.part[BETA].bytes);
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		note(k, "%s", folder);
		call_run(&c);
		expect_near(k, folder, "Y", c.f.y, &t.tensor[3]);
		expect_near(k, folder, "Mean", c.f.mean, &t.tensor[4]);
		expect_near(k, folder, "InvStdDev", c.f.rstd, &t.tensor[5]);
	}
	expect_call_accurate(&c, (struct bar){PROMISED, false, NOT_KEPT}, folder);
	call_free(&c);
	for (size_t i = 0; i < TENSORS_READ; i++)
		free(t.tensor[i].values);
}

/* The folders whose names end in _expanded hold the same data with the operator written out. */
START_TEST(node_tests)
{
	glob_t found;
	size_t count = 0;

	if (glob(FOLDER "*", 0, NULL, &found) != 0) {
		printf("skipped: onnx: no %s*; libonnx-testdata has it\n", FOLDER);
		return;
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (!strstr(found.gl_pathv[i], "_expanded")) {
			check_test(found.gl_pathv[i]);
			count++;
		}
	globfree(&found);
	ck_assert_uint_eq(count, NODE_TESTS);
}
END_TEST

Suite *suite_onnx(void)
{
	Suite *suite = suite_create("onnx");

	tcase_add_test(add_case(suite, "onnx"), node_tests);
	return suite;
}
