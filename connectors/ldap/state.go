package ldap

import (
	"strconv"
	"strings"
	"time"

	"rollcall/directory"
)

// stateAttributes tell on some kind of server whether a person may sign in. What a kind of server has is in its profile.
var (
	stateOfOpenLDAP = []string{"pwdAccountLockedTime", "loginDisabled"}
	stateOfAD       = []string{"userAccountControl", "accountExpires"}
	stateOf389      = []string{"nsAccountLock", "nsRoleDN"}
	stateOfFreeIPA  = []string{"nsAccountLock", "krbPrincipalExpiration"}
)

// errNoState says that Active Directory did not tell whether an account is enabled, which every account there has.
var errNoState = sayError("userAccountControl is missing or cannot be read, so whether the account is enabled is unknown; let the bind account read it")

// active tells from an entry's attributes, by their folded names, whether a person may work. Somebody is inactive whose
// account is
//
//   - disabled: userAccountControl with ACCOUNTDISABLE (2), nsAccountLock or loginDisabled TRUE, an nsRoleDN of the roles
//     by which 389 Directory Server disables (cn=nsManagedDisabledRole, cn=nsDisabledRole);
//   - locked for good: pwdAccountLockedTime 000001010000Z, by which OpenLDAP's administrators lock;
//   - expired: accountExpires or krbPrincipalExpiration in the past.
//
// Somebody who is locked out for a while (lockoutTime, any other pwdAccountLockedTime), because a password was mistyped
// too often, has not left: taking their work away would let anybody who can mistype a password do that. They stay active.
// So does whose password has expired.
func active(get func(name string) []string, server string, now time.Time) (bool, error) {
	control := get("useraccountcontrol")
	if len(control) == 0 && server == directory.ActiveDirectory {
		return true, errNoState
	}
	for _, v := range control {
		flags, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return true, sayError("userAccountControl is no number")
		}
		if flags&2 != 0 {
			return false, nil
		}
	}
	for _, v := range get("accountexpires") {
		if at, ok := fileTime(v); ok && at.Before(now) {
			return false, nil
		}
	}
	for _, name := range []string{"nsaccountlock", "logindisabled"} {
		for _, v := range get(name) {
			if strings.EqualFold(v, "TRUE") {
				return false, nil
			}
		}
	}
	for _, v := range get("pwdaccountlockedtime") {
		if strings.HasPrefix(v, "000001010000") {
			return false, nil
		}
	}
	for _, v := range get("nsroledn") {
		if ref, err := Ref(v); err == nil && (strings.HasPrefix(ref, "cn=nsmanageddisabledrole,") || strings.HasPrefix(ref, "cn=nsdisabledrole,")) {
			return false, nil
		}
	}
	for _, v := range get("krbprincipalexpiration") {
		if at, err := time.Parse("20060102150405Z", v); err == nil && at.Before(now) {
			return false, nil
		}
	}
	return true, nil
}

// fileTime reads a time of Windows: tenths of microseconds since 1601. 0 and the greatest number are never.
func fileTime(v string) (time.Time, bool) {
	n, err := strconv.ParseInt(v, 10, 64)
	const never, epoch = 1<<63 - 1, 11_644_473_600 // seconds from 1601 to 1970
	if err != nil || n <= 0 || n == never {
		return time.Time{}, false
	}
	return time.Unix(n/10_000_000-epoch, n%10_000_000*100), true
}
