/*
 * classes.h - the two arithmetic classes, and the kernels that stand for each on this machine
 */
#ifndef CLASSES_H
#define CLASSES_H

#include "model.h"

enum { CLASSES = 2 };

/* In the order of tables: class_at(0), class_at(1). */
enum arithmetic class_at(int i);
const char *class_name(enum arithmetic class);

/* Its best kernels here, now in use; NULL where the machine has none. All kernels of a class give the same bits. */
const char *class_use(enum arithmetic class);

/* That of the kernels in use. */
enum arithmetic class_in_use(void);

#endif
