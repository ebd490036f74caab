using System.Data;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Pyrsia.Contracts;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Authority.Storage.Postgres;

/// <summary>A log as rows: one a full tile, one a leaf of the tail. Writing what is there already changes nothing, so a repeated write does no harm.</summary>
internal sealed class PostgresLog : ILogStorage
{
    private const string SelectTile = "select bytes from log_tiles where level = $1 and index = $2";

    private readonly PostgresDatabase _database;
    private long _next;

    internal PostgresLog(PostgresDatabase database)
    {
        _database = database;
        Bundles = database.Read(context => context.Tiles.LongCount(t => t.Level == TileRow.EntriesLevel));
        _next = First;
    }

    public string Place => _database.Place;

    public long Bundles { get; private set; }

    private long First => Bundles * TilePath.FullWidth;

    public IReadOnlyList<ReadOnlyMemory<byte>> ReadTail()
    {
        var rows = _database.Read(context => context.Tail.Where(l => l.Index >= First).OrderBy(l => l.Index).ToList());
        for (var i = 0; i < rows.Count; i++)
            if (rows[i].Index != First + i) throw new LogStoreException($"{Place} lacks entry {First + i} of the log, but has later ones. Restore it from a backup.");
        _next = First + rows.Count;
        return [.. rows.Select(row => (ReadOnlyMemory<byte>)row.Leaf)];
    }

    public void Append(IReadOnlyList<Tile> tiles, long bundles, IReadOnlyList<ReadOnlyMemory<byte>> tail)
    {
        var (before, first) = (First, bundles * TilePath.FullWidth);
        var next = Math.Max(_next, first);
        var leafIndices = Enumerable.Range(0, tail.Count).Select(i => next + i).ToArray();
        var leaves = tail.Select(leaf => leaf.ToArray()).ToArray();
        var levels = tiles.Select(tile => LevelOf(tile.Path)).ToArray();
        var tileIndices = tiles.Select(tile => tile.Path.Index).ToArray();
        var bytes = tiles.Select(tile => tile.Bytes.ToArray()).ToArray();
        _database.Write(context =>
        {
            if (tiles.Count == 0) context.Database.ExecuteSql($"insert into log_tail (index, leaf) select * from unnest({leafIndices}, {leaves}) on conflict do nothing");
            else
            {
                context.Database.ExecuteSql($"""
                    with closed as (delete from log_tail where index >= {before} and index < {first}),
                    opened as (insert into log_tail (index, leaf) select * from unnest({leafIndices}, {leaves}) on conflict do nothing)
                    insert into log_tiles (level, index, bytes) select * from unnest({levels}, {tileIndices}, {bytes}) on conflict do nothing
                    """);
            }
        });
        (Bundles, _next) = (bundles, next + tail.Count);
    }

    /// <summary>Not by the ORM, which has no words for memory that is there already.</summary>
    public bool TryReadTile(TilePath tile, TileBuffer into) => _database.ReadPlainly(connection =>
    {
        using var select = new NpgsqlCommand(SelectTile, connection) { Parameters = { new NpgsqlParameter<short> { TypedValue = LevelOf(tile) }, new NpgsqlParameter<long> { TypedValue = tile.Index } } };
        using var rows = select.ExecuteReader(CommandBehavior.SequentialAccess | CommandBehavior.SingleRow);
        if (!rows.Read()) return false;
        using var bytes = rows.GetStream(0);
        bytes.ReadExactly(into.Begin(bytes.Length, tile, Place).Span);
        return true;
    });

    public byte[]? ReadDocument(string name) => _database.Read(context => context.LogDocuments.Where(d => d.Name == name).Select(d => d.Bytes).FirstOrDefault());

    public void WriteDocument(string name, ReadOnlySpan<byte> bytes)
    {
        var content = bytes.ToArray();
        _database.Write(context => context.Database.ExecuteSql($"insert into log_documents (name, bytes) values ({name}, {content}) on conflict (name) do update set bytes = excluded.bytes"));
    }

    public void RemoveDocument(string name) => _database.Write(context => context.LogDocuments.Where(d => d.Name == name).ExecuteDelete());

    public byte[]? ReadPayload(Digest digest)
    {
        var key = digest.Bytes.ToArray();
        return _database.Read(context => context.Payloads.Where(p => p.Digest == key).Select(p => p.Bytes).FirstOrDefault());
    }

    public void PutPayload(Digest digest, ReadOnlySpan<byte> payload)
    {
        var (key, bytes) = (digest.Bytes.ToArray(), payload.ToArray());
        _database.Write(context => context.Database.ExecuteSql($"insert into log_payloads (digest, bytes) values ({key}, {bytes}) on conflict do nothing"));
    }

    public void Dispose()
    {
        // The database is its owner's.
    }

    private static short LevelOf(TilePath tile) => tile.Kind == TileKind.Entries ? TileRow.EntriesLevel : (short)tile.Level;
}
