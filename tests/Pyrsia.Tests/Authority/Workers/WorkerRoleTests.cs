using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Authority.Workers;
using Pyrsia.Node.Hosting;
using Pyrsia.Tests.Authority.Storage;
using Xunit;

namespace Pyrsia.Tests.Authority.Workers;

public sealed class WorkerRoleTests(PostgresFixture postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_workers_user_does_a_workers_work_and_nothing_else()
    {
        using var authority = await postgres.NewDatabaseAsync();
        using var restricted = await RestrictedAsync(authority);
        PostgresSetup.CheckForWorker(restricted);

        await new BuildQueue(authority).PutAsync([SomeJobs.Job(1), SomeJobs.Job(2)], Cancel);
        var worker = new WorkerQueue(restricted, Guid.NewGuid(), TimeSpan.FromMinutes(1));
        var (lease, _) = (await worker.TakeAsync([SomeJobs.Image], Cancel))!.Value;
        await worker.AppendLogAsync(lease, 0, [1], Cancel);
        Assert.Equal([lease], await worker.BeatAsync("p", [SomeJobs.Image], [lease], Cancel));
        await worker.EndAsync(lease, [1], Cancel);
        await worker.GiveBackAsync((await worker.TakeAsync([SomeJobs.Image], Cancel))!.Value.Lease, Cancel);
        await worker.LeaveAsync(Cancel);

        string[] queue = ["build_jobs", "build_job_logs", "build_workers", "__EFMigrationsHistory"];
        var others = (await ColumnAsync(authority, "select tablename from pg_tables where schemaname = current_schema()")).Except(queue, StringComparer.Ordinal).ToArray();
        Assert.Contains("votes", others);
        foreach (var table in others)
        {
            await DeniedAsync(restricted, $"select * from {table}");
            await DeniedAsync(restricted, $"delete from {table}");
            await DeniedAsync(restricted, $"insert into {table} default values");
        }
        await DeniedAsync(restricted, "delete from build_jobs");
        await DeniedAsync(restricted, "update build_jobs set request_leaf = 'x'");
        await DeniedAsync(restricted, "delete from \"__EFMigrationsHistory\"");
        await DeniedAsync(restricted, $"create table {authority.Schema}.mine (n int)");
    }

    [Fact]
    public async Task A_worker_refuses_a_schema_without_tables_and_one_of_another_version()
    {
        using var empty = new PostgresDatabase(await postgres.NewSchemaAsync(), TimeProvider.System);
        Assert.Contains("has no tables", Assert.Throws<StartupException>(() => PostgresSetup.CheckForWorker(empty)).Message, StringComparison.Ordinal);

        using var earlier = new PostgresDatabase(await postgres.NewSchemaAsync(), TimeProvider.System);
        await RunAsync(earlier, $"create schema {earlier.Schema}");
        earlier.Once(context =>
        {
            context.GetService<IMigrator>().Migrate(context.Database.GetMigrations().First());
            return true;
        });
        Assert.Contains("earlier version", Assert.Throws<StartupException>(() => PostgresSetup.CheckForWorker(earlier)).Message, StringComparison.Ordinal);

        using var later = await postgres.NewDatabaseAsync();
        await RunAsync(later, "insert into \"__EFMigrationsHistory\" values ('29991231235959_Later', '99')");
        Assert.Contains("29991231235959_Later", Assert.Throws<StartupException>(() => PostgresSetup.CheckForWorker(later)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_refuses_a_server_that_may_lose_what_it_acknowledged()
    {
        using var database = new PostgresDatabase($"{await postgres.NewSchemaAsync()};Options=-c synchronous_commit=off", TimeProvider.System);
        Assert.Contains("synchronous_commit = off", Assert.Throws<StartupException>(() => PostgresSetup.CheckForWorker(database)).Message, StringComparison.Ordinal);
    }

    /// <summary>The same schema for a user that was made a worker's.</summary>
    private static async Task<PostgresDatabase> RestrictedAsync(PostgresDatabase authority)
    {
        var role = $"worker_{authority.Schema}";
        await RunAsync(authority, $"create role {role} login");
        await RunAsync(authority, WorkerRole.Script(authority.Schema, role));
        return new PostgresDatabase(new NpgsqlConnectionStringBuilder(authority.Source.ConnectionString) { Username = role }.ConnectionString, TimeProvider.System);
    }

    private static async Task RunAsync(PostgresDatabase database, string sql)
    {
        await using var command = database.Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private static async Task<List<string>> ColumnAsync(PostgresDatabase database, string sql)
    {
        await using var command = database.Source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var values = new List<string>();
        while (await reader.ReadAsync(Cancel)) values.Add(reader.GetString(0));
        return values;
    }

    private static async Task DeniedAsync(PostgresDatabase database, string sql) =>
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => RunAsync(database, sql))).SqlState);
}
