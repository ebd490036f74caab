using System.Numerics;

namespace Pyrsia.Consensus;

/// <summary>
/// <code>
/// certificate:   kind 1 | epoch 8 | view 8 | [ block 32, not for a nullification ] | bitmap ceil(n/8), bit i of byte i/8 is signer i | signatures 64 each
/// justification: flag 1 [ certificate ] | count 4 | certificates
/// </code>
/// </summary>
internal static class CertificateCodec
{
    private const int MinBytes = 1 + 8 + 8 + 1 + VoteSignature.Size;

    public static void Write(WireWriter to, Certificate certificate, int participants)
    {
        to.Byte((byte)certificate.Kind);
        to.UInt64(certificate.Epoch.Number);
        to.UInt64(certificate.View.Number);
        if (certificate.Kind != VoteKind.Nullify) to.Hash(certificate.Block);
        var bitmap = to.Reserve((participants + 7) / 8);
        bitmap.Clear();
        foreach (var signer in certificate.Signers) bitmap[signer / 8] |= (byte)(1 << (signer % 8));
        foreach (ref readonly var signature in certificate.Signatures) to.Signature(signature);
    }

    public static Certificate? Read(ref WireReader from, int participants)
    {
        var kind = (VoteKind)from.Byte();
        if (kind is < VoteKind.Notarize or > VoteKind.Finalize) from.Fail();
        var epoch = from.Epoch();
        var view = from.View();
        var block = kind == VoteKind.Nullify ? default : from.Hash();
        var bitmap = from.Take((participants + 7) / 8);
        if (from.Failed) return null;
        var count = 0;
        foreach (var part in bitmap) count += BitOperations.PopCount(part);
        var unused = (bitmap.Length * 8) - participants;
        if (count == 0 || bitmap[^1] >> (8 - unused) != 0 || (long)count * VoteSignature.Size > from.Remaining)
        {
            from.Fail();
            return null;
        }
        var signers = new byte[count];
        var signatures = new VoteSignature[count];
        for (int i = 0, at = 0; i < participants; i++)
            if ((bitmap[i / 8] >> (i % 8) & 1) != 0) signers[at++] = (byte)i;
        for (var i = 0; i < count; i++) signatures[i] = from.Signature();
        return new Certificate(kind, epoch, view, block, signers, signatures);
    }

    public static void Write(WireWriter to, Justification justification, int participants)
    {
        WriteOptional(to, justification.Parent, participants);
        Write(to, justification.Nullifications, participants);
    }

    public static Justification? Read(ref WireReader from, int participants, ReadOnlySpan<byte> whole)
    {
        var start = from.Remaining;
        var parent = ReadOptional(ref from, participants);
        var nullifications = ReadList(ref from, participants, ConsensusLimits.MaxNullifications);
        if (from.Failed) return null;
        return new Justification(parent, nullifications, Hash256.Of(whole.Slice(whole.Length - start, start - from.Remaining)));
    }

    public static void WriteOptional(WireWriter to, Certificate? certificate, int participants)
    {
        to.Byte(certificate is null ? (byte)0 : (byte)1);
        if (certificate is not null) Write(to, certificate, participants);
    }

    public static Certificate? ReadOptional(ref WireReader from, int participants) => from.Flag() ? Read(ref from, participants) : null;

    public static void Write(WireWriter to, ReadOnlySpan<Certificate> certificates, int participants)
    {
        to.UInt32((uint)certificates.Length);
        foreach (var certificate in certificates) Write(to, certificate, participants);
    }

    public static Certificate[] ReadList(ref WireReader from, int participants, int max)
    {
        var count = from.Count(max, MinBytes);
        if (count == 0) return [];
        var certificates = new Certificate[count];
        for (var i = 0; i < count; i++)
        {
            if (Read(ref from, participants) is not { } certificate) return [];
            certificates[i] = certificate;
        }
        return certificates;
    }

    public static Hash256 HashOf(Justification justification, int participants)
    {
        var writer = new WireWriter();
        Write(writer, justification, participants);
        return Hash256.Of(writer.Written);
    }
}
