/*
 * classes.h - the two arithmetic classes, and the kernels that stand for each on this machine
 */
#ifndef CLASSES_H
#define CLASSES_H

enum { FUSED, UNFUSED, CLASSES };

const char *class_name(int class);

/* Its best kernels here, now in use; NULL where the machine has none. All kernels of a class give the same bits. */
const char *class_use(int class);

#endif
