// Package documents is what Kazoo writes of its CCCP, the calling card and callback module that
// we replace, and what programs say about it: documents are found in whatever CouchDB or
// Kazoo's API wrote, and read field by field. Nothing here looks into a store.
//
// # What Kazoo writes
//
// A document of its cccps database is a record: a caller_id record (cid) or a pin record
// (pin), with user_id, account_id, outbound_cid, active and retain_cid. The
// system_config/cccp document holds the settings of the platform, the
// system_config/callflow.disa document the defaults of its DISA.
//
// # What programs say
//
// Record, Page, Config and Report are what ccd answers under /v1/cccps, and ccctl cccp reads;
// NewRecord is what it takes, and ImportOptions what an import asks besides the documents.
package documents
