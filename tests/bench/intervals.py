"""What repeated measurements say about a ratio."""
import math
import statistics
from dataclasses import dataclass

LEAST = 8  # ratios of an interval
NORMAL = 1.96  # standard deviations of 95 %


@dataclass
class Interval:
    """An estimated ratio, and the ends of its 95 % interval."""
    ratio: float
    low: float
    high: float


def interval(ratios):
    """What Wilcoxon's signed-rank test leaves: the estimate is the median of the means of all pairs (Hodges and Lehmann), of
    logarithms. A few wild ratios, as other load makes them, hardly move it. At least LEAST ratios."""
    logs = [math.log(ratio) for ratio in ratios]
    count = len(logs)
    means = sorted((x + y) / 2 for i, x in enumerate(logs) for y in logs[i:])
    outside = math.floor(count * (count + 1) / 4 - NORMAL * math.sqrt(count * (count + 1) * (2 * count + 1) / 24) - 0.5)
    return Interval(*(math.exp(value) for value in (statistics.median(means), means[outside], means[-1 - outside])))


def abba(first, second, third, fourth):
    """The ratio new : base of four measurements in the order base, new, new, base. What drifts evenly cancels out."""
    return math.sqrt(second * third / (first * fourth))


def median(values):
    """None if a value is."""
    return None if None in values else statistics.median(values)
