using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Pyrsia.Curve25519;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Provenance.Network;

/// <summary>The authorities of one epoch: those of the network file in epoch 0, later those that the set before has decided on.</summary>
public sealed class AuthoritySet
{
    /// <summary>Longest list of the members of a later epoch, in bytes of canonical JSON: it stands in a leaf, with room for the rest of it.</summary>
    public const int MaxListBytes = 60 * 1024;

    private AuthoritySet(string origin, long epoch, ImmutableArray<AuthorityMember> members) => (Origin, Epoch, Members) = (origin, epoch, members);

    /// <summary>The log's name.</summary>
    public string Origin { get; }

    /// <summary>The epoch, from 0.</summary>
    public long Epoch { get; }

    /// <summary>The authorities by index.</summary>
    public ImmutableArray<AuthorityMember> Members { get; }

    /// <summary>f: how many may be faulty, floor((n - 1) / 3).</summary>
    public int FaultTolerance => (Members.Length - 1) / 3;

    /// <summary>n - f: how many decide.</summary>
    public int Quorum => Members.Length - FaultTolerance;

    /// <summary>Makes the set of a later epoch when its members obey the rules.</summary>
    public static bool TryCreate(string origin, long epoch, ImmutableArray<AuthorityMember> members, [NotNullWhen(true)] out AuthoritySet? set, [NotNullWhen(false)] out string? error)
    {
        error = FindFault(origin, members) ?? (ToJson(members).ToBytes().Length > MaxListBytes ? $"the list of authorities is longer than {MaxListBytes} bytes" : null);
        set = error is null ? new AuthoritySet(origin, epoch, members) : null;
        return set is not null;
    }

    /// <summary>The index of the authority of that name; -1 when there is none.</summary>
    public int IndexOf(string name) => IndexOf(member => member.Name == name);

    /// <summary>The index of the authority with that peer id; -1 when there is none.</summary>
    public int IndexOfPeer(string peerId) => IndexOf(member => member.PeerId == peerId);

    /// <summary>The index of the authority that votes with that key; -1 when there is none.</summary>
    public int IndexOfVoteKey(Ed25519PublicKey key) => IndexOf(member => member.VoteKey.Equals(key));

    /// <summary>The tlog-policy that asks for a quorum of the set.</summary>
    public string ToPolicy()
    {
        var text = new StringBuilder();
        foreach (var authority in Members)
            text.Append(CultureInfo.InvariantCulture, $"log {authority.Log}\n");
        foreach (var authority in Members)
            text.Append(CultureInfo.InvariantCulture, $"witness {authority.Name} {authority.Cosigner}\n");
        text.Append(CultureInfo.InvariantCulture, $"group authorities {Quorum} {string.Join(' ', Members.Select(a => a.Name))}\n");
        return text.Append("quorum authorities\n").ToString();
    }

    /// <summary>The set of epoch 0, of a genesis document that was checked.</summary>
    internal static AuthoritySet First(string origin, ImmutableArray<AuthorityMember> members) => new(origin, 0, members);

    internal static CanonicalArray ToJson(ImmutableArray<AuthorityMember> members) => CanonicalArray.Of(members.Select(member => member.ToJson()));

    private int IndexOf(Func<AuthorityMember, bool> wanted)
    {
        for (var i = 0; i < Members.Length; i++)
        {
            if (wanted(Members[i]))
                return i;
        }

        return -1;
    }

    /// <summary>What keeps authorities from being a set; null when nothing does.</summary>
    internal static string? FindFault(string origin, ImmutableArray<AuthorityMember> members)
    {
        if (members.Length is < GenesisDocument.MinAuthorities or > GenesisDocument.MaxAuthorities)
            return $"there must be {GenesisDocument.MinAuthorities} to {GenesisDocument.MaxAuthorities} authorities";
        if (members.Any(a => !GenesisDocument.IsWord(a.Name) || !GenesisDocument.IsWord(a.Organisation) || !GenesisDocument.IsWord(a.PeerId)))
            return GenesisDocument.NotWords;
        if (GenesisDocument.Repeats(members, a => a.Name) || GenesisDocument.Repeats(members, a => a.PeerId) || GenesisDocument.Repeats(members, a => a.VoteKey)
            || GenesisDocument.Repeats(members, a => a.Cosigner.Key) || GenesisDocument.Repeats(members, a => a.Log.Key))
            return "every authority needs a name, peer id and keys of its own";
        if (members.Any(a => a.Name is TrustPolicy.None or "authorities"))
            return "an authority may not be named 'none' or 'authorities'";
        return members.Any(a => a.Log.Name != origin || a.Log.Type != NoteSignatureType.Ed25519 || a.Cosigner.Type != NoteSignatureType.Cosignature)
            ? "every authority's log key must be named after the origin, and its cosigner key be of type 0x04"
            : null;
    }
}
