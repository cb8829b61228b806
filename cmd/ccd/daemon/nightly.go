package daemon

import "cccp/provision"

// nightly is what is done every night.
func (d *Daemon) nightly() (n provision.Nightly, err error) {
	at, err := d.config.Nightly.Clock()
	if err != nil {
		return n, err
	}
	if n.Zone, err = d.config.Nightly.Zone(); err != nil {
		return n, err
	}
	n.Hour, n.Minute, n.Log = at.Hour(), at.Minute(), d.log
	n.Tasks = []provision.Task{
		provision.PurgeArchive(d.store, d.config.Archive.KeepDays, d.log),
		d.bulk.ForgetJobs(),
		provision.ForgetMoved(d.store),
	}
	return n, nil
}
