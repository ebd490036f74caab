using Pyrsia.Contracts.NodeApi;
using Pyrsia.Node.Builds;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Testing.Provenance;

namespace Pyrsia.Tests.Node.Builds;

/// <summary>A desk that takes what the ledger's rules allow, and logs it at once.</summary>
internal sealed class ScriptedDesk : IBuildDesk
{
    private TestLog _log = null!;

    /// <summary>What the authorities build with.</summary>
    internal List<BuildOffer> Offers { get; } = [];

    /// <summary>What the authorities have said while building.</summary>
    internal byte[] BuildLog { get; set; } = [];

    /// <summary>What happens while the authorities are asked where a request stands.</summary>
    internal Action? OnQuery { get; set; }

    /// <summary>What the log learns when it follows.</summary>
    internal Action? OnCatchUp { get; set; }

    /// <summary>What was taken.</summary>
    internal List<SignedEntry> Taken { get; } = [];

    internal ScriptedDesk Over(TestLog log)
    {
        _log = log;
        return this;
    }

    public Task<BuildReply> SubmitAsync(SignedEntry entry, CancellationToken cancellationToken)
    {
        if (_log.Check(entry) is not EntryFault.None and var fault) throw new BuildException(Pyrsia.Authority.Builds.EntryFaults.RefusalOf(fault), $"Refused: {fault}.");
        _log.Block(1, entry);
        Taken.Add(entry);
        return Task.FromResult(new BuildReply(Known: true, Quorum: true, "planning"));
    }

    public Task<BuildReply?> QueryAsync(RequestId request, CancellationToken cancellationToken)
    {
        OnQuery?.Invoke();
        return Task.FromResult(_log.State.PhaseOf(request) is { } phase ? new BuildReply(Known: true, Quorum: true, phase.ToString().ToLowerInvariant()) : null);
    }

    public Task<BuildLogPiece?> ReadLogAsync(RequestId request, string? authority, long offset, CancellationToken cancellationToken) =>
        Task.FromResult(authority is null or "a1" && BuildLog.Length > 0 ? new BuildLogPiece("a1", offset, BuildLog[(int)offset..], IsEnded: true) : null);

    public Task<IReadOnlyList<BuildOffer>> OffersAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<BuildOffer>>(Offers);

    public Task CatchUpAsync(CancellationToken cancellationToken)
    {
        OnCatchUp?.Invoke();
        return Task.CompletedTask;
    }
}
