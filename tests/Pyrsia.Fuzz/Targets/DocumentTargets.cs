using Pyrsia.Contracts;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Fuzz.Targets;

/// <summary>Signed documents, and names that people type.</summary>
internal static class DocumentTargets
{
    public static IReadOnlyList<FuzzTarget> List { get; } =
    [
        new("canonical-json", () => Promise.Texts("{\"a\":[1,-2,true,false,\"x\\n\\u0001\"],\"b\":{\"c\":{}},\"d\":9007199254740991}", "\"\ud83d\ude00\"", "[]", "[[[[]]]]"), input =>
        {
            if (CanonicalJson.TryParse(input, int.MaxValue, out var value, out _)) Promise.OneSpelling(input, value.ToBytes());
        }),
        new("log-entry", () => [.. Samples.Log.Entries.Select(entry => entry.Leaf.ToArray())], input =>
        {
            if (!LogEntry.TryParse(input, out var entry, out _)) return;
            Promise.OneSpelling(input, entry.Leaf.Span);
            if (entry is SignedEntry signed) _ = signed.Payload;
        }),
        new("statement", () => [.. Samples.Log.Entries.OfType<SignedEntry>().Select(entry => entry.Payload.ToArray())], input =>
        {
            if (ResultStatement.TryParse(input, out var statement, out _)) Promise.OneSpelling(input, statement.ToJson().ToBytes());
        }),
        new("set-proposal", () => [.. Samples.Log.Entries.OfType<SignedEntry>().Where(entry => entry.Type == EntryType.SetProposal).Select(entry => entry.Payload.ToArray())], input =>
        {
            if (SetProposal.TryParse(input, out var proposal, out _)) Promise.OneSpelling(input, proposal.ToJson().ToBytes());
        }),
        new("set-link", () => [.. Samples.Log.Links().Select(link => link.ToBytes())], input =>
        {
            if (!SetLink.TryParse(input, out var link, out _)) return;
            Promise.OneSpelling(input, link.ToBytes());
            _ = SetChain.Start(Samples.Network.Genesis).TryAdd(link, out var chain, out _);
            Promise.Holds(chain is null || input.AsSpan().SequenceEqual(Samples.Log.Links()[0].ToBytes()), "only the set that the quorum has cosigned is believed");
        }),
        new("bundle", () => [Samples.Bundle.ToBytes(), (Samples.Bundle with { Sets = Samples.Log.Links() }).ToBytes(), Samples.Vector("alpine.bundle.json")], input =>
        {
            if (ProvenanceBundle.TryParse(input, out var bundle, out _)) Promise.OneSpelling(input, bundle.ToBytes());
        }),
        new("network-file", () => [Samples.Network.File.ToBytes(), Samples.Vector("network.json")], input =>
        {
            if (!NetworkFile.TryParse(input, _ => null, out var file, out _)) return;
            var written = file.ToBytes();
            Promise.Holds(NetworkFile.TryParse(written, _ => null, out var again, out var error), $"what was read can be written and read: {error}");
            Promise.OneSpelling(written, again!.ToBytes());
        }),
        new("image-reference", () => Promise.Texts("alpine", "docker.io/library/alpine:3.22", "localhost:5000/a/b@sha256:" + new string('a', 64), "ghcr.io/x/y__z-1.2:tag"), input =>
        {
            if (ImageReference.TryParse(Promise.Text(input), out var reference, out _))
                Promise.Holds(ImageReference.TryParse(reference.ToString(), out var again, out _) && again == reference, "the full name names the same image");
        }),
        new("maven-path", () => Promise.Texts("org/acme/lib/1.0/lib-1.0-sources.jar.sha1", "a/b/1-SNAPSHOT/b-1-20261121.065219-2.tar.gz", "a/b/maven-metadata.xml", "a/b/1%2B2/b-1+2.jar.asc"), input =>
        {
            if (MavenPath.TryParse(Promise.Text(input), out var path) != MavenPathFault.None) return;
            Promise.Holds(MavenPath.TryParse(path!.ToString(), out var again) == MavenPathFault.None && again!.ToString() == path.ToString(), "the path names the same place");
            Promise.Holds(!path.Target.Split('/').Any(segment => segment.Length == 0 || segment[0] == '.'), "no segment climbs, hides or is empty");
            if (path is MavenFilePath file) Promise.OneSpelling(file.Target, MavenFilePath.Of(file.Coordinates, file.Variant, file.FileVersion).Target);
        }),
        new("maven-coordinates", () => Promise.Texts("org.acme:lib:1.0", "a:b_2.13:1.0+7-SNAPSHOT"), input =>
        {
            var text = Promise.Text(input);
            if (!MavenCoordinates.TryParse(text, out var coordinates, out _)) return;
            Promise.OneSpelling(text, coordinates.ToString());
            Promise.Holds(MavenPath.TryParse(MavenFilePath.Of(coordinates, "jar").Target, out var path) == MavenPathFault.None && ((MavenFilePath)path!).Coordinates == coordinates, "coordinates have a place of their own");
        }),
        new("maven-version", () => Promise.Texts("1.0.0-alpha-2 1-SNAPSHOT", "1.0.1.Final 20030203", "1..0-rc1-.x 1foo2"), input =>
        {
            var texts = Promise.Text(input).Split(' ', 3);
            var (one, other) = (MavenVersion.Parse(texts[0]), MavenVersion.Parse(texts[^1]));
            Promise.Holds(Math.Sign(one.CompareTo(other)) == -Math.Sign(other.CompareTo(one)) && one.CompareTo(one) == 0, "the order has no direction");
        }),
        new("digest", () => Promise.Texts(Digest.Of("x"u8).ToString()), input =>
        {
            var text = Promise.Text(input);
            if (Digest.TryParse(text, out var digest)) Promise.OneSpelling(text, digest.ToString());
        }),
        new("request-id", () => Promise.Texts(Digest.Of("x"u8).Hex), input =>
        {
            var text = Promise.Text(input);
            if (RequestId.TryParse(text, out var id)) Promise.OneSpelling(text, id.ToString());
        }),
    ];
}
