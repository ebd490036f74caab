using System.Text;

namespace Pyrsia.Consensus;

/// <summary>Payloads of journal records: the encodings of the wire, one record a payload.</summary>
internal sealed class JournalRecordCodec(int participants)
{
    private readonly WireWriter _writer = new();
    private readonly MessageCodec _messages = new(participants);

    /// <summary>The payload; valid until the next call.</summary>
    public ReadOnlySpan<byte> Encode(JournalRecord record)
    {
        _writer.Clear();
        switch (record)
        {
            case VoteRecord vote:
                MessageCodec.WriteVote(_writer, vote.Vote);
                break;
            case BlockRecord block:
                _messages.WriteBlock(_writer, block.Block);
                break;
            case CertificateRecord certificate:
                CertificateCodec.Write(_writer, certificate.Certificate, participants);
                break;
            case StoppedRecord stopped:
                var text = Encoding.UTF8.GetBytes(stopped.Reason);
                _writer.UInt16((ushort)text.Length);
                _writer.Bytes(text);
                break;
            case EntryRecord entry:
                MessageCodec.WriteEntry(_writer, entry.Entry);
                break;
            default:
                throw new ArgumentException($"No encoding for {record.GetType().Name}.", nameof(record));
        }
        return _writer.Written;
    }

    /// <summary>The record of a payload, or null when it is none.</summary>
    public JournalRecord? Decode(JournalRecordKind kind, ReadOnlySpan<byte> payload)
    {
        var reader = new WireReader(payload);
        JournalRecord? record = kind switch
        {
            JournalRecordKind.Vote => new VoteRecord(_messages.ReadVote(ref reader)),
            JournalRecordKind.Block => _messages.ReadBlock(ref reader, payload) is { } block ? new BlockRecord(block) : null,
            JournalRecordKind.Certificate => CertificateCodec.Read(ref reader, participants) is { } held ? new CertificateRecord(held) : null,
            JournalRecordKind.Entry => MessageCodec.ReadEntry(ref reader) is { } entry ? new EntryRecord(entry) : null,
            JournalRecordKind.Stopped => new StoppedRecord(Encoding.UTF8.GetString(reader.Take(reader.UInt16()))),
            _ => null,
        };
        return reader.AtEnd ? record : null;
    }
}
