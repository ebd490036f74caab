using Npgsql;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Pyrsia.Testing.Postgres;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>What an operator does with a database by command: migrate it, name it without a password that others can read, and start on it.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class DatabaseCommandTests : IAsyncLifetime
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>A row for every table, as the version before the last takes it; the same for every schema.</summary>
    private const string Rows = """
        insert into authority values (1, '\x07', 'a1'); insert into votes values (0, 7, 1, '\x01'); insert into blocks values (1, 0, 7, '\x02', '\x03');
        insert into copies values ('00000000-0000-0000-0000-000000000001', 'host', 7, '2026-01-01', '2026-01-02');
        insert into journals values (0, '00000000-0000-0000-0000-000000000002', '\x04', 3); insert into journal_records values (0, 0, 0, 1, '\x05');
        insert into log_tail values (0, '\x06'); insert into log_tiles values (-1, 0, '\x07'); insert into log_documents values ('checkpoint', '\x08'); insert into log_payloads values ('\x09', '\x0a');
        insert into documents values ('evidence', 'one', '\x0b');
        insert into build_jobs values ('\x0c', 1, 2, 3, 4, '\x0d', '\x0e', '\x0f', '\x10', '2026-01-01', 1, null, null, null, null, '\x11');
        insert into build_job_logs values ('00000000-0000-0000-0000-000000000003', 0, '\x0c', 1, 2, '\x11');
        insert into build_workers values ('00000000-0000-0000-0000-000000000004', 'peer', 'host', 7, array['\x12'::bytea], '2026-01-01');
        """;

    private readonly TemporaryDirectory _directory = new();
    private PostgresServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await PostgresServer.StartAsync(Cancel);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Migrate_and_the_script_that_it_prints_bring_an_earlier_version_with_its_data_to_the_same()
    {
        var script = await Command.MustAsync(Programs.Authority, "migrate", "--script");
        var earlier = script[..script.LastIndexOf("START TRANSACTION", StringComparison.Ordinal)];
        foreach (var schema in new[] { "program", "script" }) await RunAsync(schema, $"create schema {schema};\n{earlier}\n{Rows}");
        var before = await DumpAsync("program", "--data-only");

        var applied = await Command.MustAsync(Programs.Authority, "migrate", "--connection-string", _server.ConnectionString("program"));
        Assert.Matches("^Applied [0-9]{14}_[A-Za-z]+\\.\n$", applied);
        Assert.Equal("The tables are of this version already.\n", await Command.MustAsync(Programs.Authority, "migrate", "--connection-string", _server.ConnectionString("program")));
        await RunAsync("script", script);
        await RunAsync("script", script);

        var after = await DumpAsync("program");
        Assert.Equal(after, await DumpAsync("script"));
        // The last migration gives every journal a column more; all else is as it was, a row of each table.
        var kept = after.Split('\n').Select(line => line.Replace("\\\\x04\t3\t0", "\\\\x04\t3", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        string[] rows = [.. before.Split('\n').Where(line => line.Contains("\\\\x", StringComparison.Ordinal) || line.Contains("\thost\t", StringComparison.Ordinal))];
        Assert.Equal(Rows.Split("insert into ").Length - 1, rows.Length);
        Assert.All(rows, row => Assert.Contains(row, kept));
    }

    [Fact]
    public async Task A_password_comes_by_a_file_of_its_owner_or_by_the_environment_and_is_refused_on_a_command_line()
    {
        string With(string schema) => $"{_server.ConnectionString(schema)};Password=opensesame";
        var refused = await Command.RunAsync(Programs.Authority, ["migrate", "--connection-string", With("line")]);
        Refused(refused, 2, "a password on a command line can be read by everybody", "--connection-string @FILE, or set PYRSIA_CONNECTION_STRING");

        await File.WriteAllTextAsync(_directory["database"], With("file") + "\n", Cancel);
        File.SetUnixFileMode(_directory["database"], Owner | UnixFileMode.OtherRead);
        Refused(await Command.RunAsync(Programs.Authority, ["migrate", "--connection-string", $"@{_directory["database"]}"]), 2, "may be read by others", "chmod 0600");
        File.SetUnixFileMode(_directory["database"], Owner);
        await Command.MustAsync(Programs.Authority, "migrate", "--connection-string", $"@{_directory["database"]}");

        var byEnvironment = await Command.RunAsync(Programs.Authority, ["migrate"], new Dictionary<string, string> { ["PYRSIA_CONNECTION_STRING"] = With("environment") });
        Assert.True(byEnvironment.ExitCode == 0, byEnvironment.ToString());
        Assert.Equal("environment\nfile", await _server.AskAsync("select schemaname from pg_tables where tablename = 'votes' order by 1", Cancel));
    }

    [Fact]
    public async Task An_authority_does_not_start_on_a_server_that_may_lose_what_it_acknowledged_or_on_tables_of_an_earlier_version()
    {
        await Command.MustAsync(Programs.Cli, "testnet", "init", "--dir", _directory["net"], "--nodes", "0", "--storage", $"postgres={_server.ConnectionString("net")}", "--upstream", "docker.io=oci:none", "--builder", "none");
        string[] authority = ["--config", _directory["net/authority-1/config.json"]];
        var script = await Command.MustAsync(Programs.Authority, "migrate", "--script");
        await RunAsync("authority_1", $"create schema authority_1;\n{script[..script.LastIndexOf("START TRANSACTION", StringComparison.Ordinal)]}");
        Refused(await Command.RunAsync(Programs.Authority, authority), 1, "has the tables of an earlier version", "pyrsia-authority migrate");

        await _server.StopAsync(Cancel);
        _server.Settings["fsync"] = "off";
        await _server.StartAgainAsync(Cancel);
        Refused(await Command.RunAsync(Programs.Authority, authority), 1, "has fsync = off: votes and entries that it acknowledged could be lost", "Set fsync = on");
    }

    private static void Refused(CommandResult result, int exitCode, string message, string advice)
    {
        Assert.True(result.ExitCode == exitCode, result.ToString());
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Contains(advice, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("opensesame", result.Output + result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Output + result.Error, StringComparison.Ordinal);
    }

    private string[] Place(string schema)
    {
        var settings = new NpgsqlConnectionStringBuilder(_server.ConnectionString(schema));
        return ["--dbname", $"host={settings.Host} user={settings.Username} dbname={settings.Database} options=-csearch_path={schema}"];
    }

    /// <summary>Runs SQL as a database administrator does.</summary>
    private async Task RunAsync(string schema, string sql)
    {
        await File.WriteAllTextAsync(_directory["run.sql"], sql, Cancel);
        await Command.MustAsync("psql", ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--file", _directory["run.sql"], .. Place(schema)]);
    }

    /// <summary>Tables and rows of a schema as text, without its name and without the word that a newer pg_dump draws anew each time.</summary>
    private async Task<string> DumpAsync(string schema, params string[] more)
    {
        var dump = await Command.MustAsync("pg_dump", ["--schema", schema, .. more, .. Place(schema)]);
        return string.Join('\n', dump.Split('\n').Where(line => !line.StartsWith("\\restrict", StringComparison.Ordinal) && !line.StartsWith("\\unrestrict", StringComparison.Ordinal))).Replace(schema, "SCHEMA", StringComparison.Ordinal);
    }
}
