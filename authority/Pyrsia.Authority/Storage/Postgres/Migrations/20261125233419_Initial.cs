using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Pyrsia.Authority.Storage.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "authority",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false),
                    chain_id = table.Column<byte[]>(type: "bytea", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("authority_key", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "blocks",
                columns: table => new
                {
                    height = table.Column<long>(type: "bigint", nullable: false),
                    epoch = table.Column<long>(type: "bigint", nullable: false),
                    view = table.Column<long>(type: "bigint", nullable: false),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    block = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("blocks_key", x => x.height);
                });

            migrationBuilder.CreateTable(
                name: "copies",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    host = table.Column<string>(type: "text", nullable: false),
                    process_id = table.Column<int>(type: "integer", nullable: false),
                    started_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    seen_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("copies_key", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "journal_records",
                columns: table => new
                {
                    epoch = table.Column<long>(type: "bigint", nullable: false),
                    batch = table.Column<long>(type: "bigint", nullable: false),
                    position = table.Column<int>(type: "integer", nullable: false),
                    kind = table.Column<short>(type: "smallint", nullable: false),
                    payload = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("journal_records_key", x => new { x.epoch, x.batch, x.position });
                });

            migrationBuilder.CreateTable(
                name: "journals",
                columns: table => new
                {
                    epoch = table.Column<long>(type: "bigint", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    owner = table.Column<byte[]>(type: "bytea", nullable: false),
                    floor = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("journals_key", x => x.epoch);
                });

            migrationBuilder.CreateTable(
                name: "log_documents",
                columns: table => new
                {
                    name = table.Column<string>(type: "text", nullable: false),
                    bytes = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("log_documents_key", x => x.name);
                });

            migrationBuilder.CreateTable(
                name: "log_payloads",
                columns: table => new
                {
                    digest = table.Column<byte[]>(type: "bytea", nullable: false),
                    bytes = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("log_payloads_key", x => x.digest);
                });

            migrationBuilder.CreateTable(
                name: "log_tail",
                columns: table => new
                {
                    index = table.Column<long>(type: "bigint", nullable: false),
                    leaf = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("log_tail_key", x => x.index);
                });

            migrationBuilder.CreateTable(
                name: "log_tiles",
                columns: table => new
                {
                    level = table.Column<short>(type: "smallint", nullable: false),
                    index = table.Column<long>(type: "bigint", nullable: false),
                    bytes = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("log_tiles_key", x => new { x.level, x.index });
                });

            migrationBuilder.CreateTable(
                name: "votes",
                columns: table => new
                {
                    epoch = table.Column<long>(type: "bigint", nullable: false),
                    view = table.Column<long>(type: "bigint", nullable: false),
                    slot = table.Column<short>(type: "smallint", nullable: false),
                    vote = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("votes_key", x => new { x.epoch, x.view, x.slot });
                });

            migrationBuilder.CreateIndex(
                name: "blocks_of_view",
                table: "blocks",
                columns: new[] { "epoch", "view" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "authority");

            migrationBuilder.DropTable(
                name: "blocks");

            migrationBuilder.DropTable(
                name: "copies");

            migrationBuilder.DropTable(
                name: "journal_records");

            migrationBuilder.DropTable(
                name: "journals");

            migrationBuilder.DropTable(
                name: "log_documents");

            migrationBuilder.DropTable(
                name: "log_payloads");

            migrationBuilder.DropTable(
                name: "log_tail");

            migrationBuilder.DropTable(
                name: "log_tiles");

            migrationBuilder.DropTable(
                name: "votes");
        }
    }
}
