// Package kazoo is Kazoo's face: it takes in what Kazoo's CCCP has, writes it out again, and
// lets operators work on it in CCCP's own words (/v1/cccps).
//
// # Faces
//
// A face makes ccd look like one system that it replaces: that system's files, words and
// documented endpoints. Each is a room of its own under faces, and stands beside the others:
//
//   - A face translates, and holds no rules. What may be sold, called or booked is said by
//     billing and the store, whoever asks.
//   - A face imports api, provision, wire, store and vocabulary, and no other face. Nobody but
//     cmd/ccd imports a face.
//   - A face registers its endpoints itself: Face gives what stands in api.Options.Faces. Each
//     endpoint says there who may use it, as those of api do.
//   - Paths, fields and status codes of a replaced system are as that system documents them,
//     its misspellings too.
//   - What a client needs to speak with a face, types and limits, stands in a package below it
//     that keeps and serves nothing, as documents does: ccctl may import that.
//
// # CCCP
//
// A Kazoo account is our provider, its user our account, and a document of its cccps
// database our credential. The system_config/cccp document becomes access numbers and fields
// of providers and offerings; its redial code and callback delay belong into ccd.yaml, which
// this package never touches.
//
// An import is planned as a whole before anything is written: what cannot be guessed is
// asked for then. Every record is a transaction of its own, and whatever is there already
// stays as it is: the same is unchanged, anything else a conflict. So an import that was
// interrupted leaves whole records, and can be repeated.
package kazoo
