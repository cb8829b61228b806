// Package staff says who operates the platform, what they may do, and what is kept of
// what they did. It is pure: whoever is at the other end of a socket is found out in
// api, and the records are kept in store.
//
// # Roles
//
// A platform owner may do everything his permissions cover, for every provider. The
// administrator of a service provider sees and changes that provider's records only;
// what belongs to the platform itself (trunks, decks, fraud rules, administrators) is
// not his, nor may he refer to what is not: a record of his that refers to another's, such
// as an account sold under another provider's offering, was made by a platform owner. Root
// and the user ccd runs as are platform owners without a record and with every permission:
// a reader of the database file can do everything anyway.
//
// # Permissions
//
// Reading needs none beyond a role. Changing needs the permission of what is changed;
// so does seeing PINs in clear. Nobody gives a permission he has not himself. An
// administrator without permissions reads only.
//
// # Acting as another
//
// A platform owner with every permission may act as somebody else, to see what that
// administrator sees. He has that administrator's rights then, and both are recorded.
package staff
