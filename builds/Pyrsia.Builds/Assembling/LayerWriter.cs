using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pyrsia.Builds.Outputs;
using Pyrsia.Contracts;

namespace Pyrsia.Builds.Assembling;

/// <summary>
/// Writes a layer in the one form that equal file systems have (decision 0012): an uncompressed tar, POSIX headers without names of owners, a pax header only where a field does not hold its
/// value, its records in order of their keys, two blocks of zeros at the end.
/// </summary>
internal sealed class LayerWriter : IDisposable
{
    private const int BufferBytes = 256 << 10;

    private readonly Stream _output;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private int _held;

    /// <summary>Writes to a stream that stays its owner's.</summary>
    internal LayerWriter(Stream output) => _output = output;

    /// <summary>Bytes so far.</summary>
    internal long Length { get; private set; }

    /// <summary>Writes an entry.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="attributes">What it is.</param>
    /// <param name="seconds">Its time, in seconds since 1970, at most 33 bits.</param>
    /// <param name="link">The name before it in the layer that it is a second name of; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async ValueTask WriteAsync(string name, FileAttributes attributes, long seconds, string? link, CancellationToken cancellationToken)
    {
        if (attributes.Kind == LayerEntryKind.Directory) name += "/";
        var target = link ?? attributes.Target;
        var content = link is null ? attributes.Content : null;
        var records = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        var header = new LayerHeader(
            Fit("path", name, records), Fit("linkpath", target, records), link is not null ? '1' : Letter(attributes.Kind), attributes.Mode,
            Fit("uid", attributes.UserId, LayerHeader.MaxShort, records), Fit("gid", attributes.GroupId, LayerHeader.MaxShort, records), seconds,
            Fit("size", content?.Size ?? 0, LayerHeader.MaxLong, records), attributes.Major, attributes.Minor);
        if (attributes.Capability is { } capability && link is null) records["SCHILY.xattr.security.capability"] = capability;
        if (records.Count > 0)
        {
            byte[] extension = [.. records.SelectMany(record => PaxRecords.Write(record.Key, record.Value))];
            await HeadAsync(new LayerHeader("pax", "", 'x', 0x1a4, 0, 0, seconds, extension.Length, 0, 0), cancellationToken).ConfigureAwait(false); // 0644
            await PutAsync(extension, cancellationToken).ConfigureAwait(false);
            await PadAsync(extension.Length, cancellationToken).ConfigureAwait(false);
        }
        await HeadAsync(header, cancellationToken).ConfigureAwait(false);
        if (content is not { Size: > 0 }) return;
        await content.ReadAsync(piece => PutAsync(piece, cancellationToken), cancellationToken).ConfigureAwait(false);
        await PadAsync(content.Size, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the tar.</summary>
    /// <returns>Its digest.</returns>
    internal async ValueTask<Digest> EndAsync(CancellationToken cancellationToken)
    {
        await PutAsync(new byte[2 * TarHeader.BlockLength], cancellationToken).ConfigureAwait(false);
        await DrainAsync(cancellationToken).ConfigureAwait(false);
        return new Digest(_hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _hash.Dispose();
    }

    private static char Letter(LayerEntryKind kind) => kind switch
    {
        LayerEntryKind.File => '0',
        LayerEntryKind.SymbolicLink => '2',
        LayerEntryKind.CharacterDevice => '3',
        LayerEntryKind.BlockDevice => '4',
        LayerEntryKind.Directory => '5',
        LayerEntryKind.Pipe => '6',
        _ => throw new InvalidOperationException($"{kind} is written as a second name."),
    };

    /// <summary>A text for a field, or for a record when it is longer or not ASCII; the field is left empty then.</summary>
    private static string Fit(string key, string text, SortedDictionary<string, byte[]> records)
    {
        if (text.Length <= LayerHeader.MaxName && text.All(char.IsAscii)) return text;
        records[key] = Encoding.Latin1.GetBytes(text);
        return "";
    }

    private static long Fit(string key, long number, long max, SortedDictionary<string, byte[]> records)
    {
        if (number <= max) return number;
        records[key] = Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private ValueTask HeadAsync(LayerHeader header, CancellationToken cancellationToken)
    {
        var block = new byte[TarHeader.BlockLength];
        header.Write(block);
        return PutAsync(block, cancellationToken);
    }

    private ValueTask PadAsync(long size, CancellationToken cancellationToken) => PutAsync(new byte[(int)((TarHeader.BlockLength - (size % TarHeader.BlockLength)) % TarHeader.BlockLength)], cancellationToken);

    private async ValueTask PutAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Length += bytes.Length;
        while (!bytes.IsEmpty)
        {
            if (_held == BufferBytes) await DrainAsync(cancellationToken).ConfigureAwait(false);
            var taken = Math.Min(bytes.Length, BufferBytes - _held);
            bytes.Span[..taken].CopyTo(_buffer.AsSpan(_held));
            _held += taken;
            bytes = bytes[taken..];
        }
    }

    private async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        _hash.AppendData(_buffer, 0, _held);
        await _output.WriteAsync(_buffer.AsMemory(0, _held), cancellationToken).ConfigureAwait(false);
        _held = 0;
    }
}
