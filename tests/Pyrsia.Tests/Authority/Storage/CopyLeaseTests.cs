using Pyrsia.Authority.Storage.Postgres;
using Xunit;

namespace Pyrsia.Tests.Authority.Storage;

public sealed class CopyLeaseTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Of_two_running_copies_the_first_votes_and_both_say_why()
    {
        var schema = await postgres.NewSchemaAsync();
        using var database = PostgresFixture.Open(schema);
        using var other = PostgresFixture.Open(schema);
        using var first = CopyLease.Take(database, Guid.NewGuid());
        using (var second = CopyLease.Take(other, Guid.NewGuid()))
        {
            Assert.Null(first.Refusal);
            Assert.Contains("another running copy", second.Refusal, StringComparison.Ordinal);
            Assert.Contains($"process {Environment.ProcessId}", second.Refusal, StringComparison.Ordinal);
            Assert.Null(first.Others);
            first.Beat();
            Assert.Contains($"process {Environment.ProcessId}", first.Others, StringComparison.Ordinal);
        }
        first.Beat();
        Assert.Null(first.Others);
    }

    [Fact]
    public async Task After_the_first_has_ended_the_next_to_start_votes()
    {
        var schema = await postgres.NewSchemaAsync();
        using var database = PostgresFixture.Open(schema);
        CopyLease.Take(database, Guid.NewGuid()).Dispose();
        using var next = CopyLease.Take(database, Guid.NewGuid());
        Assert.Null(next.Refusal);
    }

    [Fact]
    public async Task Authorities_that_share_a_server_do_not_stand_in_each_others_way()
    {
        using var database = await postgres.NewDatabaseAsync();
        using var other = await postgres.NewDatabaseAsync();
        using var first = CopyLease.Take(database, Guid.NewGuid());
        using var second = CopyLease.Take(other, Guid.NewGuid());
        Assert.Null(second.Refusal);
        Assert.Null(second.Others);
    }
}
