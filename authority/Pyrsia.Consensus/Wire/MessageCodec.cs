namespace Pyrsia.Consensus;

/// <summary>
/// The one encoding of a message: a kind byte and the fields in order, big-endian. Decoding accepts exactly what encoding writes: no trailing
/// bytes, no other form of any field, no signer outside the set; lengths are checked before memory is taken. Encoding uses a buffer of this
/// instance and belongs to one thread; decoding is free of state.
/// </summary>
internal sealed class MessageCodec(int participants)
{
    private const int MinEntryBytes = 3;
    private readonly WireWriter _writer = new();

    private enum Kind : byte
    {
        Propose = 1,
        Vote = 2,
        Certificates = 3,
        GetBlock = 4,
        Block = 5,
        GetEntries = 6,
        Entries = 7,
        GetCertificates = 8,
        Status = 9,
        Submit = 10,
        Host = 11,
    }

    public byte[] Encode(ConsensusMessage message)
    {
        Write(_writer.Clear(), message);
        return _writer.ToArray();
    }

    public ReadOnlySpan<byte> EncodeInPlace(ConsensusMessage message)
    {
        Write(_writer.Clear(), message);
        return _writer.Written;
    }

    public ConsensusMessage? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > ConsensusLimits.MaxMessageBytes) return null;
        var reader = new WireReader(bytes);
        var message = Read(ref reader, bytes);
        return reader.AtEnd ? message : null;
    }

    public void WriteBlock(WireWriter to, BlockMessage block)
    {
        HeaderCodec.Write(to, block.Header);
        CertificateCodec.Write(to, block.Justification, participants);
        WriteEntries(to, block.Entries);
        CertificateCodec.WriteOptional(to, block.Notarization, participants);
        CertificateCodec.WriteOptional(to, block.Finalization, participants);
    }

    public BlockMessage? ReadBlock(ref WireReader from, ReadOnlySpan<byte> whole)
    {
        var header = HeaderCodec.Read(ref from);
        var justification = CertificateCodec.Read(ref from, participants, whole);
        var entries = ReadEntries(ref from);
        var notarization = CertificateCodec.ReadOptional(ref from, participants);
        var finalization = CertificateCodec.ReadOptional(ref from, participants);
        if (notarization is { Kind: not VoteKind.Notarize } || finalization is { Kind: not VoteKind.Finalize }) from.Fail();
        return from.Failed ? null : new BlockMessage(header, justification!, entries, notarization, finalization);
    }

    public static void WriteVote(WireWriter to, Vote vote)
    {
        to.Byte((byte)vote.Kind);
        to.UInt64(vote.Epoch.Number);
        to.UInt64(vote.View.Number);
        if (vote.Kind != VoteKind.Nullify) to.Hash(vote.Block);
        to.Byte((byte)vote.Signer);
        to.Signature(vote.Signature);
    }

    public Vote ReadVote(ref WireReader from)
    {
        var kind = (VoteKind)from.Byte();
        if (kind is < VoteKind.Notarize or > VoteKind.Finalize) from.Fail();
        var epoch = from.Epoch();
        var view = from.View();
        var block = kind == VoteKind.Nullify ? default : from.Hash();
        var signer = from.Byte();
        if (signer >= participants) from.Fail();
        return new Vote(kind, epoch, view, block, signer, from.Signature());
    }

    public static void WriteEntry(WireWriter to, Entry entry)
    {
        to.UInt16((ushort)entry.Bytes.Length);
        to.Bytes(entry.Bytes.Span);
    }

    public static Entry? ReadEntry(ref WireReader from)
    {
        int length = from.UInt16();
        if (length == 0) from.Fail();
        var bytes = from.Take(length);
        return from.Failed ? null : new Entry(bytes.ToArray());
    }

    private void Write(WireWriter to, ConsensusMessage message)
    {
        switch (message)
        {
            case VoteMessage vote:
                to.Byte((byte)Kind.Vote);
                WriteVote(to, vote.Vote);
                break;
            case ProposeMessage propose:
                to.Byte((byte)Kind.Propose);
                HeaderCodec.Write(to, propose.Header);
                CertificateCodec.Write(to, propose.Justification, participants);
                to.Signature(propose.Signature);
                WriteHashes(to, propose.EntryIds);
                break;
            case CertificatesMessage certificates:
                to.Byte((byte)Kind.Certificates);
                CertificateCodec.Write(to, certificates.Certificates, participants);
                break;
            case GetBlockMessage get:
                to.Byte((byte)Kind.GetBlock);
                to.Hash(get.Block);
                to.UInt64(get.FinalizedHeight);
                break;
            case BlockMessage block:
                to.Byte((byte)Kind.Block);
                WriteBlock(to, block);
                break;
            case GetEntriesMessage get:
                to.Byte((byte)Kind.GetEntries);
                WriteHashes(to, get.Ids);
                break;
            case EntriesMessage entries:
                to.Byte((byte)Kind.Entries);
                WriteEntries(to, entries.Entries);
                break;
            case GetCertificatesMessage get:
                to.Byte((byte)Kind.GetCertificates);
                to.UInt64(get.First.Number);
                to.UInt64(get.Last.Number);
                break;
            case StatusMessage status:
                to.Byte((byte)Kind.Status);
                to.UInt64(status.Epoch.Number);
                to.UInt64(status.View.Number);
                to.UInt64(status.FinalizedView.Number);
                to.UInt64(status.FinalizedHeight);
                break;
            case SubmitMessage submit:
                to.Byte((byte)Kind.Submit);
                WriteEntry(to, submit.Entry);
                break;
            case HostMessage host:
                to.Byte((byte)Kind.Host);
                to.UInt32((uint)host.Bytes.Length);
                to.Bytes(host.Bytes.Span);
                break;
            default:
                throw new ArgumentException($"No encoding for {message.GetType().Name}.", nameof(message));
        }
    }

    private ConsensusMessage? Read(ref WireReader from, ReadOnlySpan<byte> whole) => (Kind)from.Byte() switch
    {
        Kind.Vote => new VoteMessage(ReadVote(ref from)),
        Kind.Propose => ReadPropose(ref from, whole),
        Kind.Certificates => new CertificatesMessage(
            CertificateCodec.ReadList(ref from, participants, ConsensusLimits.MaxCertificatesPerMessage)),
        Kind.GetBlock => new GetBlockMessage(from.Hash(), from.UInt64(View.MaxNumber)),
        Kind.Block => ReadBlock(ref from, whole),
        Kind.GetEntries => new GetEntriesMessage(ReadHashes(ref from)),
        Kind.Entries => new EntriesMessage(ReadEntries(ref from)),
        Kind.GetCertificates => new GetCertificatesMessage(from.View(), from.View()),
        Kind.Status => new StatusMessage(from.Epoch(), from.View(), from.View(), from.UInt64(View.MaxNumber)),
        Kind.Submit => ReadEntry(ref from) is { } entry ? new SubmitMessage(entry) : null,
        Kind.Host => new HostMessage(from.Take(from.Count(ConsensusLimits.MaxHostMessageBytes, 1)).ToArray()),
        _ => null,
    };

    private ProposeMessage? ReadPropose(ref WireReader from, ReadOnlySpan<byte> whole)
    {
        var header = HeaderCodec.Read(ref from);
        var justification = CertificateCodec.Read(ref from, participants, whole);
        var signature = from.Signature();
        var ids = ReadHashes(ref from);
        return from.Failed ? null : new ProposeMessage(header, justification!, signature, ids);
    }

    private static void WriteHashes(WireWriter to, Hash256[] hashes)
    {
        to.UInt32((uint)hashes.Length);
        foreach (var hash in hashes) to.Hash(hash);
    }

    private static Hash256[] ReadHashes(ref WireReader from)
    {
        var count = from.Count(ConsensusLimits.MaxBlockEntries, Hash256.Size);
        if (count == 0) return [];
        var hashes = new Hash256[count];
        for (var i = 0; i < count; i++) hashes[i] = from.Hash();
        return hashes;
    }

    private static void WriteEntries(WireWriter to, Entry[] entries)
    {
        to.UInt32((uint)entries.Length);
        foreach (var entry in entries) WriteEntry(to, entry);
    }

    private static Entry[] ReadEntries(ref WireReader from)
    {
        var count = from.Count(ConsensusLimits.MaxBlockEntries, MinEntryBytes);
        if (count == 0) return [];
        var entries = new Entry[count];
        long total = 0;
        for (var i = 0; i < count; i++)
        {
            if (ReadEntry(ref from) is not { } entry) return [];
            entries[i] = entry;
            total += entry.Bytes.Length;
        }
        if (total > ConsensusLimits.MaxBlockBytes) from.Fail();
        return entries;
    }
}
