using Pyrsia.Provenance.Entries;

namespace Pyrsia.Node.Log;

/// <summary>Where the entries of each request stand: of an open one as a list, of one that has its verdict in a few bytes, since no more can come.</summary>
internal sealed class RequestPlaces(LogPlaces places)
{
    private readonly Dictionary<RequestId, List<long>> _open = [];
    private readonly Lock _gate = new();

    /// <summary>Whether a request has entries.</summary>
    internal bool Knows(RequestId request)
    {
        lock (_gate) return _open.ContainsKey(request) || places.Find(PlaceOf.Request, request.Value.Bytes) is not null;
    }

    /// <summary>Its entries, in their order.</summary>
    internal IReadOnlyList<long> All(RequestId request)
    {
        lock (_gate)
        {
            var all = places.Words(PlaceOf.Request, request.Value.Bytes).SelectMany(Unpack).ToList();
            if (_open.TryGetValue(request, out var open)) all.AddRange(open);
            return all;
        }
    }

    /// <summary>Adds an entry after those that are there.</summary>
    /// <param name="request">The request.</param>
    /// <param name="place">The entry.</param>
    /// <param name="isLast">Whether it is the verdict.</param>
    internal void Add(RequestId request, long place, bool isLast)
    {
        lock (_gate)
        {
            if (!_open.TryGetValue(request, out var open)) _open[request] = open = [];
            open.Add(place);
            if (!isLast) return;
            _open.Remove(request);
            places.AddWord(PlaceOf.Request, request.Value.Bytes, Pack(open));
        }
    }

    /// <summary>Each place less the one before it, seven bits a byte, the lowest first.</summary>
    private static byte[] Pack(List<long> places)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        long before = 0;
        foreach (var place in places)
        {
            writer.Write7BitEncodedInt64(place - before);
            before = place;
        }
        return bytes.ToArray();
    }

    private static IEnumerable<long> Unpack(byte[] packed)
    {
        using var reader = new BinaryReader(new MemoryStream(packed));
        long place = 0;
        while (reader.BaseStream.Position < packed.Length) yield return place += reader.Read7BitEncodedInt64();
    }
}
