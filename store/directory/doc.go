// Package directory keeps who may call and how callers are recognised: providers, the
// offerings they sell, access numbers and DISAs, credentials and speed dials, and the count
// of wrong PINs that locks guessers out. [Directory] answers what a call asks of them.
package directory
