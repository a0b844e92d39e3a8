package ldaptest

import (
	"os/exec"
	"syscall"
)

// endWithUs has the system end the command when we end, even if we are killed.
func endWithUs(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
}
