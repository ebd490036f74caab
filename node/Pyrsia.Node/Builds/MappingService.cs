using System.Globalization;
using System.Security.Cryptography;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Curve25519;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Node.Builds;

/// <summary>Says what coordinates are built from, proposes it, and hands in what authorities' operators approve.</summary>
public sealed class MappingService(LogView? log, IBuildDesk? desk, Ed25519PrivateKey proposerKey)
{
    /// <summary>Proposals in one answer.</summary>
    private const int MaxShown = 100;

    /// <summary>What the log says of a coordinate, or which proposals wait.</summary>
    /// <param name="coordinate">The coordinate; null for none.</param>
    /// <param name="id">Only this proposal; null for all that wait.</param>
    /// <exception cref="BuildException">There is no network file, or the id is none.</exception>
    public MappingAnswer Show(string? coordinate, string? id)
    {
        var index = Log().Index.Mappings;
        var mapped = coordinate is null ? null : index.Find(coordinate);
        var waiting = id is null ? index.Waiting(coordinate)
            : !MappingId.TryParse(id, out var mapping) ? throw new BuildException(BuildRefusal.Invalid, $"'{id}' is no mapping id: 64 lower-case hexadecimal digits.") { Advice = "pyrsia mapping show lists the proposals that wait." }
            : index.Find(mapping) is { } found ? [found] : [];
        return new MappingAnswer(
            mapped is null ? null : new MappingRecord(coordinate!, ToRecord(mapped.Source), mapped.Proposal.ToString(), mapped.Index),
            [.. waiting.Reverse().Take(MaxShown).Select(ToRecord)]);
    }

    /// <summary>Proposes a source, unless the same waits already.</summary>
    /// <exception cref="BuildException">It was not taken.</exception>
    public Task<MappingSubmitted> ProposeAsync(MappingProposeRequest request, CancellationToken cancellationToken)
    {
        if (request is not { Coordinates: { Count: > 0 }, Source: not null } || request.Coordinates.Any(c => c is null)) throw new BuildException(BuildRefusal.Invalid, "A proposal names coordinates and a source.") { Advice = "Such as maven:org.acme:lib:1.0." };
        return ProposeAsync(request.Coordinates, SpecificationDraft.Source(request.Source, request.Revision ?? LoggedArtifact.RevisionOf(Log(), request.Source), request.Tag, request.Subdirectory), cancellationToken);
    }

    /// <summary>Proposes a source, unless the same waits already.</summary>
    /// <exception cref="BuildException">It was not taken.</exception>
    internal async Task<MappingSubmitted> ProposeAsync(IEnumerable<string> coordinates, BuildSource source, CancellationToken cancellationToken)
    {
        var (view, to) = (Log(), Desk());
        string[] names = [.. coordinates.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        RequireBuilt(view.Network.Genesis, names, source);
        foreach (var name in names.Where(Coordinate.IsImmutable))
            if (view.Index.Resolve(name) is { } answered) throw new BuildException(BuildRefusal.Invalid, $"{name} has an answer already (log entry {Number(answered.Index)}), and a release keeps its source.") { Advice = "Propose a source for the next version." };
        if (names.All(name => view.Index.Mappings.Find(name)?.Source == source)) throw new BuildException(BuildRefusal.Invalid, $"That mapping holds already: {string.Join(", ", names)} from {Describe(source)}.") { Advice = "Ask for the build: pyrsia build maven --gav G:A:V" };
        if (FindEqual(view, names, source) is { } waiting) return new MappingSubmitted(waiting.Id.ToString(), $"The same proposal waits already, with {Number(waiting.State.Approvals.Count)} of {Number(view.Index.Mappings.Set.Quorum)} approvals.", Quorum: true);
        var entry = Sign(new MappingProposal(view.Network.Genesis.ChainId, [.. names], source, proposerKey.PublicKey, RandomNumberGenerator.GetBytes(EntryLimits.NonceLength)));
        var reply = await to.SubmitAsync(entry, cancellationToken);
        return new MappingSubmitted(
            new MappingId(entry.PayloadDigest).ToString(), reply.Quorum ? $"{Number(view.Index.Mappings.Set.Quorum)} authorities must approve it." : "There is no quorum of authorities now; the proposal is kept and logged when there is.", reply.Quorum);
    }

    /// <summary>Hands in an entry that an operator or contributor signed.</summary>
    /// <exception cref="BuildException">It was not taken.</exception>
    public async Task<MappingSubmitted> SubmitAsync(MappingSubmitRequest request, CancellationToken cancellationToken)
    {
        var to = Desk();
        if (request.Entry is null || !LogEntry.TryParse(request.Entry, out var entry, out _) || entry is not SignedEntry { Body: MappingApproval or MappingProposal } signed)
            throw new BuildException(BuildRefusal.Invalid, "The entry is no mapping proposal or approval.") { Advice = "pyrsia mapping approve makes one." };
        var id = signed.Body is MappingApproval approval ? approval.Proposal : new MappingId(signed.PayloadDigest);
        var reply = await to.SubmitAsync(signed, cancellationToken);
        return new MappingSubmitted(id.ToString(), reply.Quorum ? "It is logged now." : "There is no quorum of authorities now; the entry is kept and logged when there is.", reply.Quorum);
    }

    /// <summary>Refuses what the naming rules and the kind of network do not let be built.</summary>
    /// <exception cref="BuildException">One of the coordinates is not built, or the source is not https.</exception>
    internal static void RequireBuilt(GenesisDocument genesis, IReadOnlyCollection<string> coordinates, BuildSource source)
    {
        if (coordinates.FirstOrDefault(c => genesis.KindOf(c) == ArtifactKind.Notarized) is { } notarized)
            throw new BuildException(BuildRefusal.Invalid, $"By this network's naming rules {notarized} is notarized from its upstream, and what is built from source answers for nothing.") { Advice = "Ask for it without a source." };
        if (coordinates.FirstOrDefault(c => genesis.KindOf(c) is null) is { } unknown)
            throw new BuildException(BuildRefusal.Invalid, $"This network has no naming rule for {unknown}.") { Advice = "Its network file lists the prefixes that it has rules for." };
        if (!source.IsSecure && !genesis.TestNetwork)
            throw new BuildException(BuildRefusal.Invalid, $"The source's address {source.Url} is not https, which only test networks take.") { Advice = "Give the repository's https address." };
    }

    /// <summary>A source for a person: with its tag, which is part of what is compared.</summary>
    internal static string Describe(BuildSource source) => source.Tag is { } tag ? $"{source} (tag {tag})" : $"{source}";

    private static (MappingId Id, ProposalState State)? FindEqual(LogView view, string[] names, BuildSource source)
    {
        var found = view.Index.Mappings.Waiting(names[0]).FirstOrDefault(w => w.Proposal.Source == source && names.All(n => w.Proposal.Coordinates.Contains(n)));
        return found is null ? null : (IdOf(found), found);
    }

    private SignedEntry Sign(MappingProposal proposal)
    {
        try
        {
            return new EntrySigner(proposerKey).Sign(proposal);
        }
        catch (ArgumentException e)
        {
            throw new BuildException(BuildRefusal.Invalid, $"The proposal is malformed: {e.Message}", e) { Advice = "A coordinate is written maven:G:A:V or generic:NAME:VERSION, a revision as 40 hexadecimal digits." };
        }
    }

    private ProposalRecord ToRecord(ProposalState state) => new(
        IdOf(state).ToString(), state.Index, state.Proposal.Coordinates, ToRecord(state.Proposal.Source),
        [.. state.Approvals.Select(i => Log().Index.Mappings.Set.Members[i].Name)], Log().Index.Mappings.Set.Quorum);

    private static MappingId IdOf(ProposalState state) => new(Contracts.Digest.Of(state.Proposal.ToJson().ToBytes()));

    private static SourceRecord ToRecord(BuildSource source) => new(
        source.KindWord, source.Url, source.Revision, source.Tag, source.Subdirectory.Length == 0 ? null : source.Subdirectory);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private LogView Log() => log ?? throw new BuildException(BuildRefusal.NoNetwork, "This node has no network file, so it follows no log; start it with --network FILE.");

    private IBuildDesk Desk() => desk ?? throw new BuildException(BuildRefusal.NoNetwork, "This node has no network file, so it knows no authority; start it with --network FILE.");
}
