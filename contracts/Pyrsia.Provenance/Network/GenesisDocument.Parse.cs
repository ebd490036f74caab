using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Pyrsia.Curve25519;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Provenance.Network;

public sealed partial class GenesisDocument
{
    internal const string NotWords = "names, organisations and peer ids must be printable ASCII without spaces";

    /// <summary>Makes a document of its parts when they obey the rules.</summary>
    public static bool TryCreate(Parts parts, [NotNullWhen(true)] out GenesisDocument? genesis, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(parts);
        error = FindFault(parts);
        genesis = error is null ? new GenesisDocument(parts) : null;
        return genesis is not null;
    }

    /// <summary>Reads the genesis fields of a network file; unknown fields are the caller's to judge.</summary>
    internal static GenesisDocument Read(FieldReader file)
    {
        var builders = file.Object("builders");
        var threshold = (int)builders.Integer("threshold", MinThreshold, MaxBuilders);
        var builderMembers = builders.Array("members", MaxBuilders, ReadBuilder);
        builders.End();
        var authorities = file.Object("authorities");
        authorities.Integer("epoch", 0, 0);
        var members = authorities.Array("members", MaxAuthorities, AuthorityMember.Read);
        authorities.End();
        var testNetwork = file.Has("testNetwork") && file.Boolean("testNetwork");
        Ed25519PublicKey? operatorKey = null;
        if (file.Has("operatorKey"))
            operatorKey = AuthorityMember.ReadKey(file, "operatorKey");
        var parts = new Parts(
            file.String("origin", VerifierKey.MaxNameLength), threshold, builderMembers, members,
            file.Has("naming") ? file.Array("naming", MaxNamingRules, ReadRule) : DefaultNaming,
            file.Has("deadlines") ? file.Object("deadlines", ReadDeadlines) : BuildDeadlines.Default,
            testNetwork, operatorKey, file.Base64Exactly("nonce", NonceLength));
        return TryCreate(parts, out var genesis, out var error) ? genesis : throw new MalformedDocumentException(error);
    }

    private static BuilderMember ReadBuilder(FieldReader member)
    {
        var name = member.String("name", MaxNameLength);
        var organisation = member.String("organisation", MaxNameLength);
        return P256PublicKey.TryFromSpki(member.Base64("key", P256PublicKey.SpkiLength), out var key)
            ? new BuilderMember(name, organisation, key)
            : throw member.Wrong("key", "a P-256 public key (SubjectPublicKeyInfo, base64)");
    }

    private static NamingRule ReadRule(FieldReader rule)
    {
        var prefix = rule.String("prefix", MaxNameLength);
        return ArtifactKinds.TryParse(rule.String("kind", MaxNameLength), out var kind)
            ? new NamingRule(prefix, kind)
            : throw rule.Wrong("kind", "'built' or 'notarized'");
    }

    private static BuildDeadlines ReadDeadlines(FieldReader deadlines) => new(
        (int)deadlines.Integer("commit", 1, BuildDeadlines.MaxSeconds),
        (int)deadlines.Integer("reveal", 1, BuildDeadlines.MaxSeconds));

    private static string? FindFault(Parts parts)
    {
        if (!VerifierKey.IsValidName(parts.Origin))
            return "origin must be a log name without white space or '+'";
        if (AuthoritySet.FindFault(parts.Origin, parts.Authorities) is { } fault)
            return fault;
        if (parts.Builders.Any(b => !IsWord(b.Name) || !IsWord(b.Organisation)))
            return NotWords;
        if (parts.Builders.Length > MaxBuilders || Repeats(parts.Builders, b => b.Name) || Repeats(parts.Builders, b => b.Key))
            return "every builder needs a name and a key of its own";
        var organisations = parts.Builders.Select(b => b.Organisation).Distinct(StringComparer.Ordinal).Count();
        var faults = (parts.Authorities.Length - 1) / 3;
        if (parts.Threshold < MinThreshold || parts.Threshold + faults > organisations)
            return $"a threshold of {parts.Threshold} with {faults} faults needs builders of {parts.Threshold + faults} organisations, not {organisations}, and may not be below {MinThreshold}";
        if (parts.Naming.Length > MaxNamingRules || Repeats(parts.Naming, r => r.Prefix))
            return "a naming prefix stands twice";
        if (parts.Deadlines.CommitSeconds is < 1 or > BuildDeadlines.MaxSeconds || parts.Deadlines.RevealSeconds is < 1 or > BuildDeadlines.MaxSeconds)
            return $"deadlines are 1 to {BuildDeadlines.MaxSeconds} seconds";
        if (parts.TestNetwork != parts.OperatorKey is not null)
            return "a test network has an operator key, any other has none";
        return parts.Nonce.Length == NonceLength ? null : $"the nonce must have {NonceLength} bytes";
    }

    internal static bool IsWord(string text) => text.Length is > 0 and <= MaxNameLength && text.All(c => c is > ' ' and < '\x7f');

    internal static bool Repeats<TItem, TKey>(ImmutableArray<TItem> items, Func<TItem, TKey> key) =>
        items.Select(key).Distinct().Count() != items.Length;
}
