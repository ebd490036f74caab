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
        new("bundle", () => [Samples.Bundle.ToBytes(), Samples.Vector("alpine.bundle.json")], input =>
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
