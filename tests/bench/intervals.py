"""What repeated measurements say about a ratio."""
import math
import statistics
from dataclasses import dataclass

# Student's t: half of the width of a 95 % interval in standard errors, by degrees of freedom.
STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
           2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042)


@dataclass
class Interval:
    """An estimated ratio, and the ends of its 95 % interval."""
    ratio: float
    low: float
    high: float


def student(freedom):
    return STUDENT[min(freedom, len(STUDENT)) - 1]


def interval(ratios):
    """The geometric mean of at least two ratios: their logarithms are taken for normally distributed."""
    logs = [math.log(ratio) for ratio in ratios]
    middle = statistics.fmean(logs)
    half = student(len(logs) - 1) * statistics.stdev(logs) / math.sqrt(len(logs))
    return Interval(math.exp(middle), math.exp(middle - half), math.exp(middle + half))


def abba(first, second, third, fourth):
    """The ratio new : base of four measurements in the order base, new, new, base. What drifts evenly cancels out."""
    return math.sqrt(second * third / (first * fourth))


def median(values):
    """None if a value is."""
    return None if None in values else statistics.median(values)
