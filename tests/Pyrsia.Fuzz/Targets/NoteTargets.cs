using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Fuzz.Targets;

/// <summary>Notes, proofs and tiles of the log.</summary>
internal static class NoteTargets
{
    public static IReadOnlyList<FuzzTarget> List { get; } =
    [
        new("signed-note", Notes, input =>
        {
            if (SignedNote.TryParse(input, out var note, out _)) Promise.OneSpelling(input, note.ToBytes());
        }),
        new("signed-checkpoint", Notes, input =>
        {
            if (SignedCheckpoint.TryParse(input, out var checkpoint, out _)) Promise.OneSpelling(input, checkpoint.Note.ToBytes());
            if (SignedCheckpoint.TryParse(input, out checkpoint, out _)) Promise.OneSpelling(checkpoint.Note.Text, checkpoint.Checkpoint.ToString());
        }),
        new("verifier-key", () => [Promise.Utf8(Samples.Network.Genesis.Authorities[0].Log.ToString())], input =>
        {
            var text = Promise.Text(input);
            if (VerifierKey.TryParse(text, out var key)) Promise.OneSpelling(text, key.ToString());
        }),
        new("trust-policy", () => [Promise.Utf8(Samples.Network.File.PolicyText)], input => _ = TrustPolicy.TryParse(Promise.Text(input), out _, out _)),
        new("tlog-proof", Proofs, input =>
        {
            if (!TlogProof.TryParse(input, out var proof, out _)) return;
            // An extra line of no bytes is allowed and not written again.
            if (!proof.Extra.IsEmpty || !Promise.Text(input).Contains("\nextra \n", StringComparison.Ordinal)) Promise.OneSpelling(input, proof.ToBytes());
        }),
        new("tile-path", () => Promise.Texts("checkpoint", "tile/0/000", "tile/3/x001/234.p/17", "tile/entries/x123/x456/789", "tile/entries/000.p/255"), input =>
        {
            var text = Promise.Text(input);
            if (TilePath.TryParse(text, out var path)) Promise.OneSpelling(text, path.ToString());
        }),
        new("entry-bundle", () => [Bundle(Array.Empty<byte>()), Bundle([1], [2, 3], []), Bundle([.. Samples.Log.Entries.Select(entry => entry.Leaf.ToArray())])], input =>
        {
            if (input.Length > 0 && EntryBundle.TryDecode(input.AsMemory(1), input[0] + 1, out var entries)) Promise.OneSpelling(input.AsSpan(1), EntryBundle.Encode(entries));
        }),
        new("decimal", () => Promise.Texts("0", "1", "1750000000", "9223372036854775807"), input =>
        {
            var text = Promise.Text(input);
            if (StrictDecimal.TryParse(text, out var value)) Promise.OneSpelling(text, value.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }),
        new("ecdsa-der", Signatures, input =>
        {
            var raw = new byte[EcdsaDer.FixedLength];
            if (EcdsaDer.TryDecode(input, raw)) Promise.OneSpelling(input, EcdsaDer.Encode(raw));
            _ = Samples.Network.BuilderKeys[0].PublicKey.Verify("message"u8, input);
        }),
        new("p256-key", () => [Samples.Network.BuilderKeys[0].PublicKey.Spki.ToArray(), Samples.Network.BuilderKeys[1].PublicKey.Spki.ToArray()], input =>
        {
            if (!P256PublicKey.TryFromSpki(input, out var key)) return;
            Promise.OneSpelling(input, key.Spki);
            _ = key.Verify("message"u8, Signatures()[0]);
        }),
    ];

    private static List<byte[]> Notes() => [Samples.Log.Publish().Note.ToBytes(), Samples.Bundle.Checkpoint.Note.ToBytes()];

    private static List<byte[]> Proofs()
    {
        var verdict = Samples.Bundle.Verdict;
        return [new TlogProof(verdict.Index, verdict.Proof, Samples.Bundle.Checkpoint).ToBytes(), new TlogProof(0, [], Samples.Bundle.Checkpoint, "extra"u8.ToArray()).ToBytes()];
    }

    private static List<byte[]> Signatures()
    {
        byte[] edges = [1, .. new byte[31], 0x7f, .. Enumerable.Repeat((byte)0xff, 31)];
        return [EcdsaDer.Encode(Enumerable.Range(1, 64).Select(i => (byte)i).ToArray()), EcdsaDer.Encode(edges), EcdsaDer.Encode(Enumerable.Repeat((byte)0xff, 64).ToArray())];
    }

    private static byte[] Bundle(params byte[][] entries) => [(byte)(entries.Length - 1), .. EntryBundle.Encode([.. entries.Select(e => (ReadOnlyMemory<byte>)e)])];
}
