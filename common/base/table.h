/*
 * Constant tables with one row for each value of an enum. A value without a row does not build, nor
 * does one with two rows (-Woverride-init). A table is a list of rows, from which the array is
 * made:
 *
 *     #define SHAPES(ROW) ROW(SHAPE_DISC, "disc", 1) ROW(SHAPE_BOX, "box", 4)
 *     static const struct shape shapes[] = { SHAPES(TABLE_ROW) };
 *     TABLE_IS_WHOLE(SHAPES, SHAPE__COUNT);
 */
#ifndef POSTERN_TABLE_H
#define POSTERN_TABLE_H

#define TABLE_ROW(index, ...)   [index] = { __VA_ARGS__ },
#define TABLE_COUNT(index, ...) +1

/* Does not build unless the list has as many rows as the enum has values. */
#define TABLE_IS_WHOLE(list, values)                                                               \
	_Static_assert(0 list(TABLE_COUNT) == (values), "a row is missing in " #list)

#endif
