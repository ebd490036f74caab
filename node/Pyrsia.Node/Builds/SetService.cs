using System.Globalization;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Node.Builds;

/// <summary>Says who the authorities are, and hands in what their operators propose and approve.</summary>
public sealed class SetService(LogView? log, IBuildDesk? desk)
{
    /// <summary>Who sits, and what waits.</summary>
    /// <exception cref="BuildException">There is no network file.</exception>
    public AuthoritiesAnswer Show()
    {
        var index = Log().Index.Sets;
        return new AuthoritiesAnswer(
            index.Set.Epoch, index.Set.Quorum, [.. index.Set.Members.Select(ToRecord)],
            [.. index.Waiting.Select(w => new SetProposalRecord(w.Id.ToString(), w.Index, w.Proposal.ToJson().ToBytes(), w.Approvals))]);
    }

    /// <summary>Hands in an entry that an operator signed.</summary>
    /// <exception cref="BuildException">It was not taken.</exception>
    public async Task<SetSubmitted> SubmitAsync(SetSubmitRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var view = Log();
        if (desk is null) throw new BuildException(BuildRefusal.NoAuthority, "This node reaches no authority.");
        if (request.Entry is null || !LogEntry.TryParse(request.Entry, out var entry, out _) || entry is not SignedEntry { Body: SetApproval or SetProposal } signed)
            throw new BuildException(BuildRefusal.Invalid, "The entry proposes or approves no authorities.") { Advice = "pyrsia-authority set propose and set approve make one." };
        var reply = await desk.SubmitAsync(signed, cancellationToken);
        var id = signed.Body is SetApproval approval ? approval.Proposal : new SetId(signed.PayloadDigest);
        var next = signed.Body is SetApproval ? "The set holds when a quorum has approved it." : string.Create(CultureInfo.InvariantCulture, $"{view.Index.Sets.Set.Quorum} authorities must approve it.");
        return new SetSubmitted(id.ToString(), reply.Quorum ? next : "There is no quorum of authorities now; the entry is kept and logged when there is.", reply.Quorum);
    }

    private LogView Log() => log ?? throw new BuildException(BuildRefusal.NoNetwork, "There is no network file.");

    private static AuthorityRecord ToRecord(AuthorityMember member) =>
        new(member.Name, member.Organisation, member.PeerId, Convert.ToBase64String(member.VoteKey.Bytes), member.Cosigner.ToString(), member.Log.ToString());
}
