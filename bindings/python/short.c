/*
 * short.c - what a norm of a NumPy array most often is, without the interpreter: rows that are the last axis of an array without gaps, gamma and beta
 * of its dtype, eps and out. All else, and whatever is wrong, is left to the Python function, which can say what.
 */
#define Py_LIMITED_API 0x030a0000
#define NPY_NO_DEPRECATED_API NPY_1_22_API_VERSION
#define NPY_TARGET_VERSION NPY_1_22_API_VERSION
#include <Python.h>
#include <numpy/arrayobject.h>

enum { UNLOCKED_ELEMENTS = 1 << 14 }; /* from so many on others may run meanwhile */

typedef int with_beta(size_t rows, size_t cols, const void *x, const void *gamma, const void *beta, double eps, void *y);
typedef int without_beta(size_t rows, size_t cols, const void *x, const void *gamma, double eps, void *y);

/* A norm: the functions of ln.h for float32, float64, float16 and bfloat16, and who is asked for all else. Lives as long as the process. */
struct norm {
	PyMethodDef method;
	PyObject *function;
	int has_beta;
	double eps;
	void *calls[4];
};

/* What a call is about; absent arrays are NULL. */
struct arguments {
	PyArrayObject *x, *gamma, *beta, *out;
	double eps;
};

static PyObject *eps_name, *out_name;

/* bfloat16 is not NumPy's own: its number is found by its name, once. */
static int is_bfloat16(PyArrayObject *array)
{
	static int number = -1;

	if (PyArray_TYPE(array) < NPY_USERDEF)
		return 0;
	if (number < 0) {
		PyObject *name = PyObject_Str((PyObject *)PyArray_DESCR(array));
		if (name != NULL && PyUnicode_CompareWithASCIIString(name, "bfloat16") == 0)
			number = PyArray_TYPE(array);
		Py_XDECREF(name);
		PyErr_Clear();
	}
	return PyArray_TYPE(array) == number;
}

static void *call_for(const struct norm *norm, PyArrayObject *x)
{
	switch (PyArray_TYPE(x)) {
	case NPY_FLOAT: return norm->calls[0];
	case NPY_DOUBLE: return norm->calls[1];
	case NPY_HALF: return norm->calls[2];
	default: return is_bfloat16(x) ? norm->calls[3] : NULL;
	}
}

/* An array without gaps, or None, which is no array. */
static int take_array(PyObject *object, PyArrayObject **array)
{
	*array = NULL;
	if (object == Py_None)
		return 1;
	if (!PyArray_CheckExact(object) || !PyArray_ISCARRAY_RO((PyArrayObject *)object))
		return 0;
	*array = (PyArrayObject *)object;
	return 1;
}

static int take_keyword(PyObject *name, PyObject *value, struct arguments *a)
{
	if (name == eps_name && PyFloat_CheckExact(value)) {
		a->eps = PyFloat_AsDouble(value);
		return 1;
	}
	return name == out_name && take_array(value, &a->out);
}

static int take_arguments(const struct norm *norm, PyObject *const *args, Py_ssize_t count, PyObject *names, struct arguments *a)
{
	PyArrayObject **arrays[] = { &a->x, &a->gamma, &a->beta };

	if (count < 1 || count > 2 + norm->has_beta)
		return 0;
	for (Py_ssize_t i = 0; i < count; i++)
		if (!take_array(args[i], arrays[i]))
			return 0;
	for (Py_ssize_t i = 0; names != NULL && i < PyTuple_Size(names); i++)
		if (!take_keyword(PyTuple_GetItem(names, i), args[count + i], a))
			return 0;
	return a->x != NULL && PyArray_NDIM(a->x) > 0 && PyArray_SIZE(a->x) > 0;
}

static int is_parameter(PyArrayObject *p, PyArrayObject *x)
{
	return p == NULL || (PyArray_NDIM(p) == 1 && PyArray_DIM(p, 0) == PyArray_DIM(x, PyArray_NDIM(x) - 1) && PyArray_TYPE(p) == PyArray_TYPE(x));
}

static int is_output(PyArrayObject *out, PyArrayObject *x)
{
	return out == NULL || (PyArray_ISWRITEABLE(out) && PyArray_TYPE(out) == PyArray_TYPE(x) && PyArray_SAMESHAPE(out, x));
}

static int compute(const struct norm *norm, void *call, const struct arguments *a, void *y)
{
	size_t cols = (size_t)PyArray_DIM(a->x, PyArray_NDIM(a->x) - 1), rows = (size_t)PyArray_SIZE(a->x) / cols;
	const void *x = PyArray_DATA(a->x), *gamma = a->gamma ? PyArray_DATA(a->gamma) : NULL, *beta = a->beta ? PyArray_DATA(a->beta) : NULL;
	PyThreadState *state = rows * cols >= UNLOCKED_ELEMENTS ? PyEval_SaveThread() : NULL;
	int status = norm->has_beta ? ((with_beta *)call)(rows, cols, x, gamma, beta, a->eps, y)
				    : ((without_beta *)call)(rows, cols, x, gamma, a->eps, y);

	if (state != NULL)
		PyEval_RestoreThread(state);
	return status;
}

/* y; or NULL, with no exception, where the Python function is to be asked. */
static PyObject *short_way(const struct norm *norm, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
	struct arguments a = { .eps = norm->eps };
	void *call;

	if (!take_arguments(norm, args, count, names, &a) || (call = call_for(norm, a.x)) == NULL || !is_parameter(a.gamma, a.x) ||
	    !is_parameter(a.beta, a.x) || !is_output(a.out, a.x))
		return NULL;
	PyObject *y = a.out ? Py_NewRef((PyObject *)a.out) : PyArray_NewLikeArray(a.x, NPY_CORDER, NULL, 0);
	if (y != NULL && compute(norm, call, &a, PyArray_DATA((PyArrayObject *)y)) == 0)
		return y;
	Py_XDECREF(y);
	PyErr_Clear();
	return NULL;
}

static PyObject *ask_function(const struct norm *norm, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
	PyObject *result = NULL, *positional = PyTuple_New(count), *keywords = PyDict_New();
	int failed = positional == NULL || keywords == NULL;

	for (Py_ssize_t i = 0; !failed && i < count; i++)
		failed = PyTuple_SetItem(positional, i, Py_NewRef(args[i]));
	for (Py_ssize_t i = 0; !failed && names != NULL && i < PyTuple_Size(names); i++)
		failed = PyDict_SetItem(keywords, PyTuple_GetItem(names, i), args[count + i]);
	if (!failed)
		result = PyObject_Call(norm->function, positional, keywords);
	Py_XDECREF(positional);
	Py_XDECREF(keywords);
	return result;
}

static PyObject *call_norm(const struct norm *norm, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
	PyObject *y = short_way(norm, args, count, names);

	return y ? y : ask_function(norm, args, count, names);
}

/* By their numbers in ln.h. Each has a C function of its own and no object, so that pickle finds it by its name, as it does any function. */
enum { NORMS = 3 };
static struct norm norms[NORMS];

static PyObject *layer_norm(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
	(void)self;
	return call_norm(&norms[0], args, count, names);
}

static PyObject *rms_norm(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
	(void)self;
	return call_norm(&norms[1], args, count, names);
}

static PyObject *l2_norm(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
	(void)self;
	return call_norm(&norms[2], args, count, names);
}

/* Text that lasts. */
static char *copy_of(const char *text)
{
	char *copy = text ? PyMem_Malloc(strlen(text) + 1) : NULL;
	return copy ? strcpy(copy, text) : NULL;
}

PyDoc_STRVAR(wrap_doc, "wrap(function, norm, name, module, doc, has_beta, eps, f32, f64, f16, bf16)\n--\n\n"
		       "A norm that goes the short way where it can, and else calls the function; the last four are addresses of the calls of ln.h.");
static PyObject *wrap(PyObject *module, PyObject *args)
{
	static PyObject *(*const c_functions[NORMS])(PyObject *, PyObject *const *, Py_ssize_t, PyObject *) = { layer_norm, rms_norm, l2_norm };
	unsigned int number;
	unsigned long long at[4];
	PyObject *function, *in_module;
	const char *name, *doc;
	int has_beta;
	double eps;
	(void)module;

	if (!PyArg_ParseTuple(args, "OIsUspdKKKK", &function, &number, &name, &in_module, &doc, &has_beta, &eps, &at[0], &at[1], &at[2], &at[3]))
		return NULL;
	if (number >= NORMS || norms[number].function != NULL)
		return PyErr_Format(PyExc_ValueError, "there is no norm %u, or it is wrapped already", number);
	struct norm *norm = &norms[number];
	*norm = (struct norm){ { copy_of(name), (PyCFunction)(void (*)(void))c_functions[number], METH_FASTCALL | METH_KEYWORDS, copy_of(doc) },
			       Py_NewRef(function), has_beta, eps, { NULL } };
	for (int i = 0; i < 4; i++)
		norm->calls[i] = (void *)(uintptr_t)at[i];
	return norm->method.ml_name && norm->method.ml_doc ? PyCFunction_NewEx(&norm->method, NULL, in_module) : PyErr_NoMemory();
}

static PyMethodDef methods[] = { { "wrap", wrap, METH_VARARGS, wrap_doc }, { NULL, NULL, 0, NULL } };
static struct PyModuleDef definition = { PyModuleDef_HEAD_INIT, "libln._short", NULL, -1, methods, NULL, NULL, NULL, NULL };

PyMODINIT_FUNC PyInit__short(void)
{
	import_array();
	eps_name = PyUnicode_InternFromString("eps");
	out_name = PyUnicode_InternFromString("out");
	return eps_name && out_name ? PyModule_Create(&definition) : NULL;
}
