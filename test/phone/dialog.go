package phone

import (
	"net/netip"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// dialogKey finds a call by the messages inside it. The local tag is part of
// it because a phone may call itself, which makes two calls of one Call-ID.
type dialogKey struct{ callID, localTag string }

// dialog is the state RFC 3261 section 12 keeps for requests inside a call.
// There is no route set: these phones talk to an Asterisk or to each other,
// never through a proxy.
type dialog struct {
	callID  sip.CallIDHeader
	contact sip.ContactHeader // where we are reached
	peer    netip.AddrPort    // where the other side's messages come from
	local   sip.FromHeader    // as we write it in requests, with our tag

	mu       sync.Mutex
	remote   sip.ToHeader // as we write it in requests, with its tag once known
	target   sip.Uri      // the other side's Contact
	sequence uint32
}

func (d *dialog) key() dialogKey {
	tag, _ := d.local.Params.Get("tag")
	return dialogKey{callID: string(d.callID), localTag: tag}
}

// learn takes the other side's tag and address from its response.
func (d *dialog) learn(res *sip.Response) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if to := res.To(); to != nil && to.Params.Has("tag") {
		d.remote = *sip.HeaderClone(to).(*sip.ToHeader)
	}
	if contact := res.Contact(); contact != nil {
		d.target = *contact.Address.Clone()
	}
}

// request builds the next request inside the call.
func (d *dialog) request(method sip.RequestMethod) *sip.Request {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sequence++
	return d.build(method, d.sequence)
}

// ack acknowledges the answer to the INVITE of that sequence number.
func (d *dialog) ack(sequence uint32) *sip.Request {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.build(sip.ACK, sequence)
}

func (d *dialog) build(method sip.RequestMethod, sequence uint32) *sip.Request {
	req := sip.NewRequest(method, d.target)
	callID := d.callID
	req.AppendHeader(sip.HeaderClone(&d.local))
	req.AppendHeader(sip.HeaderClone(&d.remote))
	req.AppendHeader(&callID)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: sequence, MethodName: method})
	req.AppendHeader(sip.HeaderClone(&d.contact))
	return req
}

// keyOf is the dialog an incoming request is meant for.
func keyOf(req *sip.Request) dialogKey {
	var key dialogKey
	if id := req.CallID(); id != nil {
		key.callID = string(*id)
	}
	if to := req.To(); to != nil {
		key.localTag, _ = to.Params.Get("tag")
	}
	return key
}
