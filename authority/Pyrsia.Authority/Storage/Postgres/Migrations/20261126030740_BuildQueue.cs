using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Pyrsia.Authority.Storage.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class BuildQueue : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "build_jobs",
                columns: table => new
                {
                    request = table.Column<byte[]>(type: "bytea", nullable: false),
                    attempt = table.Column<int>(type: "integer", nullable: false),
                    phase = table.Column<short>(type: "smallint", nullable: false),
                    position = table.Column<long>(type: "bigint", nullable: false),
                    priority = table.Column<short>(type: "smallint", nullable: false),
                    builder_image = table.Column<byte[]>(type: "bytea", nullable: false),
                    request_leaf = table.Column<byte[]>(type: "bytea", nullable: false),
                    plan_leaf = table.Column<byte[]>(type: "bytea", nullable: true),
                    plan_payload = table.Column<byte[]>(type: "bytea", nullable: true),
                    queued_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    tries = table.Column<int>(type: "integer", nullable: false),
                    worker = table.Column<Guid>(type: "uuid", nullable: true),
                    lease = table.Column<Guid>(type: "uuid", nullable: true),
                    lease_until = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    ended_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    report = table.Column<byte[]>(type: "bytea", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("build_jobs_key", x => new { x.request, x.attempt, x.phase });
                });

            migrationBuilder.CreateTable(
                name: "build_workers",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    peer = table.Column<string>(type: "text", nullable: false),
                    host = table.Column<string>(type: "text", nullable: false),
                    process_id = table.Column<int>(type: "integer", nullable: false),
                    builder_images = table.Column<byte[][]>(type: "bytea[]", nullable: false),
                    seen_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("build_workers_key", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "build_job_logs",
                columns: table => new
                {
                    lease = table.Column<Guid>(type: "uuid", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    request = table.Column<byte[]>(type: "bytea", nullable: false),
                    attempt = table.Column<int>(type: "integer", nullable: false),
                    phase = table.Column<short>(type: "smallint", nullable: false),
                    bytes = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("build_job_logs_key", x => new { x.lease, x.number });
                    table.ForeignKey(
                        name: "build_job_logs_job",
                        columns: x => new { x.request, x.attempt, x.phase },
                        principalTable: "build_jobs",
                        principalColumns: new[] { "request", "attempt", "phase" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "build_job_logs_of_job",
                table: "build_job_logs",
                columns: new[] { "request", "attempt", "phase" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "build_job_logs");

            migrationBuilder.DropTable(
                name: "build_workers");

            migrationBuilder.DropTable(
                name: "build_jobs");
        }
    }
}
