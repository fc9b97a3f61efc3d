// Package walls defines which package of modship may import which, and tests
// that the code keeps to it. A package that needs a new import gets it in [Walls]
// or [Reservations], where a reviewer sees it.
package walls
