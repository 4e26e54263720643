"""Static figures of the book, in the same palette as the widgets. The only package that imports matplotlib."""

from convbp.draw.checks import Curve as Curve
from convbp.draw.checks import corners as corners
from convbp.draw.checks import jacobian as jacobian
from convbp.draw.checks import step_errors as step_errors
from convbp.draw.hand import backward_paths as backward_paths
from convbp.draw.hand import forward_paths as forward_paths
from convbp.draw.line import flipped_filter as flipped_filter
from convbp.draw.line import kronecker_grid as kronecker_grid
from convbp.draw.line import line_readers as line_readers
from convbp.draw.line import spread_gradient as spread_gradient
from convbp.draw.line import tap_matrices as tap_matrices
from convbp.draw.photo import filter_learning as filter_learning
from convbp.draw.photo import photograph as photograph
from convbp.draw.photo import pictures as pictures
from convbp.draw.plane import plane_flip as plane_flip
from convbp.draw.plane import plane_patch as plane_patch
from convbp.draw.plane import plane_regions as plane_regions
from convbp.draw.plane import plane_stamps as plane_stamps
from convbp.draw.plane import plane_window as plane_window
from convbp.draw.signals import ranges as ranges
from convbp.draw.signals import two_slides as two_slides
from convbp.draw.signals import windows as windows
