package console_test

import (
	"testing"

	"rollcall/console/browsertest"
)

func TestMain(m *testing.M) { browsertest.Main(m) }
