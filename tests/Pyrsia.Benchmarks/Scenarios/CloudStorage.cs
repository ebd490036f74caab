using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Consensus;
using Pyrsia.Contracts;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Network;
using Pyrsia.Testing.Postgres;

namespace Pyrsia.Benchmarks.Scenarios;

/// <summary>What an authority asks of PostgreSQL, beside the plainest statements that store and fetch the same bytes: a real server, with every commit on the disk.</summary>
internal static class CloudStorage
{
    private const int Runs = 4; // the first is thrown away: the compiler is at work in it
    private const int Votes = 1500;
    private const int VoteBytes = 200;
    private const int Blocks = 150;
    private const int EntriesOfBlock = 300;
    private const int EntryBytes = 400;
    private const int TileReads = 10_000;

    internal static async Task<List<Measurement>> RunAsync()
    {
        await using var server = await PostgresServer.StartAsync(CancellationToken.None);
        var (votes, rawVotes, blocks, rawBlocks, tiles, rawTiles) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var run = 0; run < Runs; run++)
        {
            using var database = new PostgresDatabase(server.ConnectionString($"run{run}"), TimeProvider.System);
            PostgresSetup.Prepare(database, new ChainId(Digest.Of([1])), "a1");
            database.Once(context => context.Database.ExecuteSqlRaw("create table raw_votes (n bigint primary key, vote bytea); create table raw_leaves (n bigint primary key, leaf bytea); create table raw_blocks (n bigint primary key, block bytea)"));
            votes.Add(RateOf(Votes, VoteEach(database)));
            rawVotes.Add(RateOf(Votes, RawVoteEach(database)));
            using var log = LogStore.Open(new PostgresLog(database));
            blocks.Add(RateOf(Blocks, BlockEach(database, log)));
            rawBlocks.Add(RateOf(Blocks, RawBlockEach(database)));
            tiles.Add(RateOf(TileReads, TileEach(log)));
            rawTiles.Add(RateOf(TileReads, RawTileEach(database)));
        }
        return
        [
            new("votes committed", "/s", MedianOf(votes), "a plain insert each", MedianOf(rawVotes)),
            new($"blocks of {EntriesOfBlock} entries committed, with the log's leaves", "/s", MedianOf(blocks), "a plain copy and an insert each", MedianOf(rawBlocks)),
            new("full tiles read, one reader", "/s", MedianOf(tiles), "a prepared select each", MedianOf(rawTiles)),
        ];
    }

    private static double MedianOf(List<double> rates) => Measurement.Median([.. rates.Skip(1)]);

    private static double RateOf(int count, Action<int> each)
    {
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < count; i++) each(i);
        return count / clock.Elapsed.TotalSeconds;
    }

    private static Action<int> VoteEach(PostgresDatabase database)
    {
        var journal = PostgresJournal.Open(database, Hash256.Of([1]), new Epoch(0), null);
        var vote = new byte[VoteBytes];
        return i =>
        {
            journal.Add(JournalRecordKind.Vote, new VoteSlot(new View((ulong)i + 1), 1), vote);
            journal.Commit();
        };
    }

    private static Action<int> RawVoteEach(PostgresDatabase database)
    {
        var vote = new byte[VoteBytes];
        return i =>
        {
            using var insert = database.Source.CreateCommand("insert into raw_votes values ($1, $2)");
            insert.Parameters.Add(new NpgsqlParameter<long> { TypedValue = i });
            insert.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = vote });
            insert.ExecuteNonQuery();
        };
    }

    private static Action<int> BlockEach(PostgresDatabase database, LogStore log)
    {
        var storage = new PostgresBlocks(database);
        var (block, leaves) = Block();
        return i =>
        {
            storage.Add((ulong)i + 1, new Epoch(0), new View((ulong)i + 1), Hash256.Of([1]), block);
            storage.Commit();
            log.Append(leaves);
        };
    }

    private static Action<int> RawBlockEach(PostgresDatabase database)
    {
        var (block, leaves) = Block();
        return i =>
        {
            using var connection = database.Source.OpenConnection();
            using var transaction = connection.BeginTransaction();
            using (var insert = new NpgsqlCommand("insert into raw_blocks values ($1, $2)", connection, transaction))
            {
                insert.Parameters.Add(new NpgsqlParameter<long> { TypedValue = i });
                insert.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = block });
                insert.ExecuteNonQuery();
            }
            using (var copy = connection.BeginBinaryImport("copy raw_leaves from stdin (format binary)"))
            {
                for (var n = 0; n < leaves.Length; n++)
                {
                    copy.StartRow();
                    copy.Write((i * (long)EntriesOfBlock) + n);
                    copy.Write(leaves[n].ToArray());
                }
                copy.Complete();
            }
            transaction.Commit();
        };
    }

    private static (byte[] Block, ReadOnlyMemory<byte>[] Leaves) Block()
    {
        var random = new Random(1);
        var leaves = new ReadOnlyMemory<byte>[EntriesOfBlock];
        for (var i = 0; i < leaves.Length; i++)
        {
            var leaf = new byte[EntryBytes];
            random.NextBytes(leaf); // what cannot be compressed, as signatures cannot
            leaves[i] = leaf;
        }
        return ([.. leaves.SelectMany(leaf => leaf.ToArray())], leaves);
    }

    private static Action<int> TileEach(LogStore log)
    {
        var full = log.Size / TilePath.FullWidth;
        return i =>
        {
            if (log.ReadTile(TilePath.Hashes(0, i % full)) is null) throw new InvalidOperationException("a full tile is missing");
        };
    }

    private static Action<int> RawTileEach(PostgresDatabase database)
    {
        const long tiles = Blocks * EntriesOfBlock / TilePath.FullWidth;
        var connection = database.Source.OpenConnection();
        var select = new NpgsqlCommand("select bytes from log_tiles where level = 0 and index = $1", connection);
        var index = new NpgsqlParameter<long>();
        select.Parameters.Add(index);
        select.Prepare();
        return i =>
        {
            index.TypedValue = i % tiles;
            if (select.ExecuteScalar() is not byte[]) throw new InvalidOperationException("a full tile is missing");
            if (i == TileReads - 1) connection.Dispose();
        };
    }
}
