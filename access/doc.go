// Package access is policy: which permissions there are, which role has which, and whether somebody may do something.
package access
