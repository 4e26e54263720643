"""Static figures of the book, in the same palette as the widgets. The only package that imports matplotlib."""

from convbp.draw.checks import Curve as Curve
from convbp.draw.checks import corners as corners
from convbp.draw.checks import jacobian as jacobian
from convbp.draw.checks import step_errors as step_errors
from convbp.draw.hand import backward_paths as backward_paths
from convbp.draw.hand import forward_paths as forward_paths
from convbp.draw.signals import ranges as ranges
from convbp.draw.signals import two_slides as two_slides
from convbp.draw.signals import windows as windows
