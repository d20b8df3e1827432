using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Tapwork.Infrastructure.Persistence.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class LogRecipientsAndOrder : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "CertificateUntil",
                table: "Destinations");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "FailingSince",
                table: "Destinations",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "DueFrom",
                table: "JobRuns",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "SeededAs",
                table: "Integrations",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "OwesAllClear",
                table: "Incidents",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "NextTryAt",
                table: "InboundCalls",
                type: "timestamp with time zone",
                nullable: false,
                defaultValue: new DateTimeOffset(new DateTime(1, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified), new TimeSpan(0, 0, 0, 0, 0)));

            migrationBuilder.AddColumn<string>(
                name: "Record",
                table: "InboundCalls",
                type: "character varying(100)",
                maxLength: 100,
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<string>(
                name: "AtPartners",
                table: "Dossiers",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "MoreEmails",
                table: "AlertRules",
                type: "character varying(2560)",
                maxLength: 2560,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<bool>(
                name: "TellsAdmins",
                table: "AlertRules",
                type: "boolean",
                nullable: false,
                defaultValue: true);

            migrationBuilder.AddColumn<bool>(
                name: "TellsOwner",
                table: "AlertRules",
                type: "boolean",
                nullable: false,
                defaultValue: true);

            migrationBuilder.CreateTable(
                name: "CertificateSightings",
                columns: table => new
                {
                    IntegrationId = table.Column<Guid>(type: "uuid", nullable: false),
                    Host = table.Column<string>(type: "character varying(253)", maxLength: 253, nullable: false, collation: "C"),
                    Until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    SeenAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_CertificateSightings", x => new { x.IntegrationId, x.Host });
                    table.ForeignKey(
                        name: "FK_CertificateSightings_Integrations_IntegrationId",
                        column: x => x.IntegrationId,
                        principalTable: "Integrations",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "LogEntries",
                columns: table => new
                {
                    Id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    At = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    Gravity = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    Source = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    CorrelationId = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true, collation: "C"),
                    Message = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: false),
                    Exception = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_LogEntries", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_InboundCalls_CorrelationId_Id",
                table: "InboundCalls",
                columns: new[] { "CorrelationId", "Id" });

            migrationBuilder.CreateIndex(
                name: "IX_InboundCalls_Source_Record_Id",
                table: "InboundCalls",
                columns: new[] { "Source", "Record", "Id" },
                filter: "\"Status\" = 'Received'");

            migrationBuilder.CreateIndex(
                name: "IX_LogEntries_At",
                table: "LogEntries",
                column: "At");

            migrationBuilder.CreateIndex(
                name: "IX_LogEntries_CorrelationId_Id",
                table: "LogEntries",
                columns: new[] { "CorrelationId", "Id" });

            // The threshold was minutes lost and is now percent used up.
            migrationBuilder.Sql("UPDATE \"AlertRules\" SET \"Threshold\" = 80 WHERE \"Kind\" = 'Sla'");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "CertificateSightings");

            migrationBuilder.DropTable(
                name: "LogEntries");

            migrationBuilder.DropIndex(
                name: "IX_InboundCalls_CorrelationId_Id",
                table: "InboundCalls");

            migrationBuilder.DropIndex(
                name: "IX_InboundCalls_Source_Record_Id",
                table: "InboundCalls");

            migrationBuilder.DropColumn(
                name: "DueFrom",
                table: "JobRuns");

            migrationBuilder.DropColumn(
                name: "SeededAs",
                table: "Integrations");

            migrationBuilder.DropColumn(
                name: "OwesAllClear",
                table: "Incidents");

            migrationBuilder.DropColumn(
                name: "NextTryAt",
                table: "InboundCalls");

            migrationBuilder.DropColumn(
                name: "Record",
                table: "InboundCalls");

            migrationBuilder.DropColumn(
                name: "AtPartners",
                table: "Dossiers");

            migrationBuilder.DropColumn(
                name: "MoreEmails",
                table: "AlertRules");

            migrationBuilder.DropColumn(
                name: "TellsAdmins",
                table: "AlertRules");

            migrationBuilder.DropColumn(
                name: "TellsOwner",
                table: "AlertRules");

            migrationBuilder.DropColumn(
                name: "FailingSince",
                table: "Destinations");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "CertificateUntil",
                table: "Destinations",
                type: "timestamp with time zone",
                nullable: true);
        }
    }
}
