using Pyrsia.Authority.Cluster;
using Pyrsia.Consensus;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Node.Builds;
using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;

namespace Pyrsia.Authority.Builds;

/// <summary>Takes build requests into this authority's own consensus.</summary>
internal sealed class LocalBuildDesk(AuthorityLedger ledger, IConsensusPort port, IQuorumSense quorum, AuthorityPlace place, BuildLogs logs, ISourceBuilds builds, AskerList askers, TimeProvider time) : IBuildDesk
{
    /// <summary>Requests that were taken and are not in the log yet, so that their askers can be told so.</summary>
    private const int MaxWaiting = 4096;

    /// <summary>Open requests of one asker: enough to have a large project's dependencies notarized at once, and a fraction of what the ledger holds.</summary>
    private const int MaxOpenPerAsker = 1024;

    private readonly HashSet<RequestId> _waiting = [];

    public async Task<BuildReply> SubmitAsync(SignedEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Type is not (EntryType.BuildRequest or EntryType.BuildCancellation or EntryType.MappingProposal or EntryType.MappingApproval or EntryType.SetProposal or EntryType.SetApproval))
            throw new BuildException(BuildRefusal.Invalid, "This is no request or cancellation, and proposes or approves neither a mapping nor authorities.");
        var fault = ledger.Current.CheckEntry(entry, time.GetUtcNow().ToUnixTimeMilliseconds());
        // A cancellation that overtakes its request waits for it.
        var waits = fault == EntryFault.UnknownRequest && entry.Body is BuildCancellation { Request: var cancelled } && IsWaiting(cancelled);
        if (fault is not (EntryFault.None or EntryFault.Duplicate) && !waits) throw new BuildException(EntryFaults.RefusalOf(fault), $"Refused: {EntryFaults.Explain(fault)}");
        if (entry.Body is BuildRequest { Asker: var who } && !askers.Admits(who))
            throw new BuildException(BuildRefusal.NotAllowed, $"This authority takes requests only of askers that its operator lists; yours is {AskerList.NameOf(who)}.");
        if (entry.Body is BuildRequest { Asker: var asker } && ledger.Current.Open.Values.Count(r => r.Request.Asker.Equals(asker)) >= MaxOpenPerAsker)
            throw new BuildException(BuildRefusal.TooMany, $"{MaxOpenPerAsker} requests of this asker are open; wait until some have their verdict.");
        var id = new RequestId(entry.PayloadDigest);
        var outcome = await port.SubmitAsync(new Entry(entry.Leaf), cancellationToken);
        if (outcome is SubmitResult.Invalid or SubmitResult.Full)
            throw outcome == SubmitResult.Full ? new BuildException(BuildRefusal.TooMany, "Too many requests are waiting; try again later.") : new BuildException(BuildRefusal.Invalid, "The request is refused.");
        if (entry.Type != EntryType.BuildRequest) return new BuildReply(Known: true, quorum.HasQuorum);
        lock (_waiting)
        {
            if (_waiting.Count >= MaxWaiting) _waiting.RemoveWhere(w => ledger.Current.PhaseOf(w) is not null);
            if (_waiting.Count < MaxWaiting) _waiting.Add(id);
        }
        return new BuildReply(Known: true, quorum.HasQuorum, PhaseOf(id));
    }

    public Task<BuildReply?> QueryAsync(RequestId request, CancellationToken cancellationToken)
    {
        var state = ledger.Current;
        var known = IsWaiting(request) || state.PhaseOf(request) is not null;
        var (done, of) = state.Open.TryGetValue(request, out var open) ? open.Progress(state.Genesis.FaultTolerance) : default;
        return Task.FromResult(known ? new BuildReply(Known: true, quorum.HasQuorum, PhaseOf(request), done, of) : null);
    }

    public Task<BuildLogPiece?> ReadLogAsync(RequestId request, string? authority, long offset, CancellationToken cancellationToken) =>
        Task.FromResult(authority is null || authority == place.Member.Name ? logs.Read(request, place.Member.Name, offset) : null);

    public Task<IReadOnlyList<BuildOffer>> OffersAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<BuildOffer>>(builds.Offer is { } offer ? [offer] : []);

    /// <summary>An authority's log is its own, and never behind.</summary>
    public Task CatchUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private bool IsWaiting(RequestId request)
    {
        lock (_waiting) return _waiting.Contains(request);
    }

    private string PhaseOf(RequestId request) => ledger.Current.PhaseOf(request) switch
    {
        null => "waiting",
        RequestPhase.Planning => "planning",
        RequestPhase.Committing => "committing",
        RequestPhase.Revealing => "revealing",
        _ => BuildReply.Closed,
    };
}
