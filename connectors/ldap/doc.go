// Package ldap reads directories that do not push: OpenLDAP, Active Directory, 389 Directory Server and FreeIPA.
package ldap
