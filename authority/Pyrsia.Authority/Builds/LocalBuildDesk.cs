using Pyrsia.Authority.Cluster;
using Pyrsia.Consensus;
using Pyrsia.Node.Builds;
using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;

namespace Pyrsia.Authority.Builds;

/// <summary>Takes build requests into this authority's own consensus.</summary>
internal sealed class LocalBuildDesk(AuthorityLedger ledger, IConsensusPort port, IQuorumSense quorum, TimeProvider time) : IBuildDesk
{
    /// <summary>Requests that were taken and are not in the log yet, so that their askers can be told so.</summary>
    private const int MaxWaiting = 4096;

    private readonly HashSet<RequestId> _waiting = [];

    public async Task<BuildReply> SubmitAsync(SignedEntry request, CancellationToken cancellationToken)
    {
        if (request.Type != EntryType.BuildRequest) throw new BuildException(BuildRefusal.Invalid, "This is no build request.");
        var fault = ledger.Current.CheckEntry(request, time.GetUtcNow().ToUnixTimeMilliseconds());
        if (fault is not (EntryFault.None or EntryFault.Duplicate)) throw new BuildException(BuildRefusal.Invalid, $"The request is refused: {fault}.");
        var id = new RequestId(request.PayloadDigest);
        var outcome = await port.SubmitAsync(new Entry(request.Leaf), cancellationToken);
        if (outcome is SubmitResult.Invalid or SubmitResult.Full)
            throw new BuildException(BuildRefusal.Invalid, outcome == SubmitResult.Full ? "Too many requests are waiting; try again later." : "The request is refused.");
        lock (_waiting)
        {
            if (_waiting.Count >= MaxWaiting) _waiting.RemoveWhere(w => ledger.Current.PhaseOf(w) is not null);
            if (_waiting.Count < MaxWaiting) _waiting.Add(id);
        }
        return new BuildReply(Known: true, quorum.HasQuorum, PhaseOf(id));
    }

    public Task<BuildReply?> QueryAsync(RequestId request, CancellationToken cancellationToken)
    {
        bool known;
        lock (_waiting) known = _waiting.Contains(request) || ledger.Current.PhaseOf(request) is not null;
        return Task.FromResult(known ? new BuildReply(Known: true, quorum.HasQuorum, PhaseOf(request)) : null);
    }

    private string PhaseOf(RequestId request) => ledger.Current.PhaseOf(request) switch
    {
        null => "waiting",
        RequestPhase.Committing => "committing",
        RequestPhase.Revealing => "revealing",
        _ => "closed",
    };
}
