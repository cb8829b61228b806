// Package records keeps provisioned records and the logs beside them: how a value becomes
// bytes, under which key it stands, what refers to what, who may see it, what is in the
// archive, and who did what.
//
// A [Table] is a kind of value and the beginning of its keys. A [Collection] is a table
// whose records operators add, change, remove and archive; what is special about one kind
// of record its [Kind] says, in the room that knows it. A [Registry] knows all collections
// of a store, and so whose any record is and what of it is in the archive.
package records
